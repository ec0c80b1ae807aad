# A module: a queue with its metadata, and a webhook that gets its messages. README.md says why it consists of curl.

terraform {
  # For terraform_data. OpenTofu has it too.
  required_version = ">= 1.4"
}

locals {
  queue = "${var.url}/v2/queues/${urlencode(var.name)}"
  # "~" and "/" have a meaning in paths.
  patch = [for key, value in var.metadata : {
    op = "add", path = "/metadata/${replace(replace(key, "~", "~0"), "/", "~1")}", value = value
  }]
}

# The requests of all resources take the credential from the environment, so it is neither in the state nor in a plan. A request that
# destroys may refer to nothing but its own resource, whose input is the queue.
resource "terraform_data" "queue" {
  triggers_replace = local.queue
  input            = local.queue
  provisioner "local-exec" {
    command     = "sh '${path.module}/request.sh' PUT \"$QUEUE\""
    environment = { QUEUE = self.input }
  }
  provisioner "local-exec" {
    when        = destroy
    command     = "sh '${path.module}/request.sh' DELETE \"$QUEUE\""
    environment = { QUEUE = self.input }
  }
}

# A resource of its own: a change of it must not replace the queue, which would delete the messages.
resource "terraform_data" "metadata" {
  count            = length(local.patch) > 0 ? 1 : 0
  triggers_replace = [terraform_data.queue.id, local.patch]
  provisioner "local-exec" {
    command     = "sh '${path.module}/request.sh' PATCH \"$QUEUE\""
    environment = { QUEUE = local.queue, BODY = jsonencode(local.patch) }
  }
}

resource "terraform_data" "webhook" {
  count            = var.webhook == null ? 0 : 1
  triggers_replace = [terraform_data.queue.id, var.webhook]
  input            = local.queue
  provisioner "local-exec" {
    command     = "sh '${path.module}/request.sh' POST \"$QUEUE/subscriptions\""
    environment = { QUEUE = self.input, BODY = jsonencode({ subscriber = var.webhook, ttl = 10 * 365 * 86400 }) }
  }
  provisioner "local-exec" {
    when        = destroy
    command     = "sh '${path.module}/request.sh' POST \"$QUEUE/purge\""
    environment = { QUEUE = self.input, BODY = "{\"resource_types\": [\"subscriptions\"]}" }
  }
}
