variable "url" {
  type        = string
  description = "Address of the service, without /v2."
}

variable "name" {
  type        = string
  description = "Name of the queue. Another name makes another queue, and deletes the former one with its messages."
}

variable "metadata" {
  type        = any
  description = "Metadata that the queue has at least. What is removed here stays in the queue."
  default     = {}
}

variable "webhook" {
  type        = string
  description = "Where every message is sent; null: nowhere. The module owns the subscriptions of its queue."
  default     = null
}
