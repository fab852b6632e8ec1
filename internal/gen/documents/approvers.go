package documents

import "github.com/invopop/jsonschema"

// An Approvers is who agrees to plans before they run, with their public keys,
// and how many of them have to. "payreconcile validate" sees more of it than an
// editor: keys that were cut or altered, days that are none, an amount without
// all its decimals, more approvals than people.
type Approvers struct {
	// What reads this file. Always payreconcile/v1.
	APIVersion string `json:"apiVersion" jsonschema:"title=Version,enum=payreconcile/v1"`
	// What this file is. Always Approvers.
	Kind string `json:"kind" jsonschema:"title=Kind,enum=Approvers"`
	// A name for this file.
	Metadata *NameOnly `json:"metadata,omitempty" jsonschema:"title=Name"`
	// Who approves, and how many have to.
	Spec ApproversSpec `json:"spec" jsonschema:"title=Approvers and what is required"`
}

// A NameOnly is what names a file for people.
type NameOnly struct {
	// Shown to people, and nothing else.
	Name Value `json:"name,omitempty" jsonschema:"title=Name" example:"shop-eu"`
}

// An ApproversSpec is who approves, and how many have to.
type ApproversSpec struct {
	// How many people have to agree. The most that any line asks for counts; without a line it is one.
	Required []Requirement `json:"required,omitempty" jsonschema:"title=Required approvals,maxItems=100"`
	// The people, each with a key. Who has two keys stands here twice, under one name, and counts once.
	Approvers []Approver `json:"approvers" jsonschema:"title=People,minItems=1,maxItems=200"`
}

// A Requirement is how many people have to agree, to every plan or to those
// that move much.
type Requirement struct {
	// How many different people.
	Approvals People `json:"approvals" jsonschema:"title=Number of people"`
	// Only for plans that move more than one of these sums in its currency. Without it, for every plan.
	Over Moneys `json:"over,omitempty" jsonschema:"title=Over"`
}

// An Approver is one key of one person.
type Approver struct {
	// Name of the person, as it is shown in approvals. Up to 100 characters.
	Name Name `json:"name" jsonschema:"title=Name" example:"Ada Example"`
	// Public key, as payreconcile approve keygen prints it. Never the private one.
	Key PublicKey `json:"key" jsonschema:"title=Public key"`
	// Accounts under which the person runs plan. Nobody approves a plan of their own. Write [] when there are none.
	Accounts Names `json:"accounts" jsonschema:"title=Accounts"`
	// Environments that the person approves for. Without it, all.
	Environments SomeNames `json:"environments,omitempty" jsonschema:"title=Environments"`
	// The most that the person approves, one sum a currency. Without it, any amount.
	Limits Moneys `json:"limits,omitempty" jsonschema:"title=Limits"`
	// Last day on which the key counts, in UTC.
	Expires Day `json:"expires,omitempty" jsonschema:"title=Expires" example:"2027-12-31"`
	// Day from which nothing counts that this key ever signed, in UTC.
	Revoked Day `json:"revoked,omitempty" jsonschema:"title=Revoked" example:"2026-11-30"`
}

// Types of values in approvers files.
type (
	// People is a number of people.
	People int
	// PublicKey is a public key.
	PublicKey string
	// Names are up to a hundred names.
	Names []string
	// SomeNames are names, one at least.
	SomeNames []string
	// Moneys are amounts, one a currency.
	Moneys []string
	// Day is a day.
	Day string
)

// JSONSchema describes a number of people.
func (People) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Pattern: `^[1-9][0-9]*$`, Minimum: "1", Maximum: "200", Extras: orText("integer", "write 1 or more"), Examples: []any{2},
	}
}

// JSONSchema describes a public key.
func (PublicKey) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: "string", Pattern: `^[a-z0-9][a-z0-9._@-]{0,63}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$`,
		Extras: message("copy the line that payreconcile approve keygen printed"),
	}
}

// JSONSchema describes names.
func (Names) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", MaxItems: size(100), Items: text(100)}
}

// JSONSchema describes names, one at least.
func (SomeNames) JSONSchema() *jsonschema.Schema {
	s := Names{}.JSONSchema()
	s.MinItems = size(1)
	return s
}

// JSONSchema describes amounts.
func (Moneys) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: "array", MinItems: size(1), MaxItems: size(100), Items: &jsonschema.Schema{
			Type: "string", Pattern: `^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})? [A-Z]{3}$`,
			Extras: message("write the amount with all its decimals and the currency, such as 10000.00 EUR"),
		},
		Examples: []any{[]string{"10000.00 EUR", "1500000 JPY"}},
	}
}

// JSONSchema describes a day.
func (Day) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: "string", Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, Extras: message("write year, month and day, such as 2027-12-31"),
	}
}
