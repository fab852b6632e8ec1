package documents

//go:generate go run ../documentschema -source . -out ../../../docs/schema
