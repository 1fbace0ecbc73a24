"""Reading untrusted JSON: documents, records and fields, with their place in every error."""
