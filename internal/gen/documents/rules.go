package documents

import "github.com/invopop/jsonschema"

// JSONSchemaExtend adds that every payment needs a currency where the document
// has none.
func (Spec) JSONSchemaExtend(s *jsonschema.Schema) {
	payments := object("payments", &jsonschema.Schema{Items: &jsonschema.Schema{Required: []string{"currency"}}})
	s.If = &jsonschema.Schema{Not: &jsonschema.Schema{Required: []string{"currency"}}}
	s.Then = payments
}

// JSONSchemaExtend adds what excludes what: items and a total of one kind, and
// all captured beside all cancelled.
func (Payment) JSONSchemaExtend(s *jsonschema.Schema) {
	for _, kind := range [...][2]string{{"captures", "captured"}, {"cancels", "cancelled"}, {"refunds", "refunded"}} {
		items, total := kind[0], kind[1]
		s.AllOf = append(s.AllOf, &jsonschema.Schema{
			If:   &jsonschema.Schema{Required: []string{items}},
			Then: object(total, jsonschema.FalseSchema),
		})
	}
	all := object("captured", &jsonschema.Schema{Const: "all"})
	all.Required = []string{"captured"}
	s.AllOf = append(s.AllOf, &jsonschema.Schema{
		If:   all,
		Then: object("cancelled", &jsonschema.Schema{Not: &jsonschema.Schema{Const: "all"}}),
	})
}

// object is a schema about one property.
func object(name string, s *jsonschema.Schema) *jsonschema.Schema {
	properties := jsonschema.NewProperties()
	properties.Set(name, s)
	return &jsonschema.Schema{Properties: properties}
}
