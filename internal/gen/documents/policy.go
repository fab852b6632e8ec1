package documents

import "github.com/invopop/jsonschema"

// A Policy is rules that plans are held against, when they are made and again
// when they are applied. A rule that cannot be answered denies. "payreconcile
// validate" sees more of it than an editor: it compiles the expressions, and
// finds names that occur twice.
type Policy struct {
	// What reads this file. Always payreconcile/v1.
	APIVersion string `json:"apiVersion" jsonschema:"title=Version,enum=payreconcile/v1"`
	// What this file is. Always Policy.
	Kind string `json:"kind" jsonschema:"title=Kind,enum=Policy"`
	// A name for this file.
	Metadata *NameOnly `json:"metadata,omitempty" jsonschema:"title=Name"`
	// The rules.
	Spec PolicySpec `json:"spec" jsonschema:"title=Rules"`
}

// A PolicySpec is the rules.
type PolicySpec struct {
	// The rules. All of them are asked. Write [] when there are none.
	Rules []Rule `json:"rules" jsonschema:"title=Rules,maxItems=200"`
}

// A Rule is an expression, and what follows when it is true: what it is asked
// about is denied, or needs approvals.
type Rule struct {
	// Name of the rule, of its own in this file; denials are known by it. Up to 63 small letters, digits and dashes.
	Name RuleName `json:"name" jsonschema:"title=Name" example:"refund-cap"`
	// What the rule is asked about: each call, each payment with a call, or the plan as a whole.
	Over Over `json:"over" jsonschema:"title=Asked about"`
	// Expression in CEL. When it is true, the rule applies. Amounts are whole minor units; minor("500.00 EUR") reads one. Begin with | and write it on the next line when it starts with ! or holds a colon and a space.
	When Expression `json:"when" jsonschema:"title=When" example:"kind == \"refund\" && currency == \"EUR\" && amount > minor(\"500.00 EUR\")"`
	// The rule denies, and this is what is not allowed, in one sentence of up to 300 characters.
	Deny Sentence `json:"deny,omitempty" jsonschema:"title=Denied" example:"a refund over 500.00 EUR"`
	// How a person can have it done all the same, in one sentence of up to 300 characters. Only beside deny.
	Override Sentence `json:"override,omitempty" jsonschema:"title=How to override" example:"ask the controller"`
	// The rule asks for approvals of this many people, from 1 to 20. Instead of deny.
	Approvals Approvals `json:"approvals,omitempty" jsonschema:"title=Approvals"`
}

// Types of values in policies.
type (
	// RuleName is the name of a rule.
	RuleName string
	// Over is what a rule is asked about.
	Over string
	// Expression is an expression in CEL.
	Expression string
	// Sentence is a text for people.
	Sentence string
	// Approvals is a number of people.
	Approvals int
)

// JSONSchemaExtend adds that a rule has one effect, and what belongs to which.
func (Rule) JSONSchemaExtend(s *jsonschema.Schema) {
	s.AnyOf = []*jsonschema.Schema{{Required: []string{"deny"}}, {Required: []string{"approvals"}}}
	s.AllOf = []*jsonschema.Schema{
		{If: &jsonschema.Schema{Required: []string{"deny"}}, Then: object("approvals", jsonschema.FalseSchema)},
		{If: &jsonschema.Schema{Required: []string{"approvals"}}, Then: object("override", jsonschema.FalseSchema)},
	}
}

// JSONSchema describes the name of a rule.
func (RuleName) JSONSchema() *jsonschema.Schema {
	return single(`^[a-z0-9-]{1,63}$`, "up to 63 lower-case letters, digits and -")
}

// JSONSchema describes what a rule is asked about.
func (Over) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: []any{"call", "payment", "plan"}}
}

// JSONSchema describes an expression.
func (Expression) JSONSchema() *jsonschema.Schema {
	s := single(`[^\x00-\x20]`, "write an expression")
	s.MaxLength = size(4096)
	return s
}

// JSONSchema describes a sentence. Space around it does not count.
func (Sentence) JSONSchema() *jsonschema.Schema {
	return single(`^\s*[^\x00-\x1f\x7f]{1,300}\s*$`, "say it in one sentence, on one line")
}

// JSONSchema describes a number of people.
func (Approvals) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Pattern: `^([1-9]|1[0-9]|20)$`, Minimum: "1", Maximum: "20", Extras: orText("integer", "write a number from 1 to 20"), Examples: []any{2},
	}
}
