package documents

import (
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// A Config is how payreconcile is to run. Flags and PAYRECONCILE_… variables go
// over it. Paths are relative to the folder of the
// file. Secrets do not belong here; the API secret comes from
// PAYRECONCILE_API_SECRET or from a file of its own. What an editor cannot see,
// such as a span of time out of bounds or two caps for one currency, payreconcile
// says before it does anything else.
type Config struct {
	// Properties file of the platform's official SDKs, read beneath this one.
	SDKConfig Value `json:"sdkConfig,omitempty" jsonschema:"title=Properties file of the SDKs"`
	// Scheme and host of the platform, with a port if need be, and nothing behind it. Plain http is for this machine only.
	Endpoint Endpoint `json:"endpoint,omitempty" jsonschema:"title=Address of the platform" example:"https://payment.preprod.payone.com"`
	// Name of the environment. The known hosts decide it: live or test. A sandbox on this machine is sandbox; any other endpoint needs a name. Up to 40 small letters, digits, dots, dashes.
	Environment Environment `json:"environment,omitempty" jsonschema:"title=Environment" example:"live|test|sandbox"`
	// Merchant id (PSPID) as the platform's portal shows it.
	MerchantID MerchantID `json:"merchantId,omitempty" jsonschema:"title=Merchant"`
	// Id of the API key as the platform's portal shows it. Not its secret.
	APIKeyID KeyID `json:"apiKeyId,omitempty" jsonschema:"title=Id of the API key"`
	// File that holds the secret of the API key, and nothing else.
	APISecretFile Value `json:"apiSecretFile,omitempty" jsonschema:"title=File of the API secret"`
	// Company that runs this integration; the platform is told. Default: payreconcile.
	Integrator Company `json:"integrator,omitempty" jsonschema:"title=Company"`
	// Journal: a file that outlives the machine that runs the job, or postgres://user@host/database without a password. Default: payreconcile.db in the working directory.
	Journal Journal `json:"journal,omitempty" jsonschema:"title=Journal" example:"payreconcile.db|postgres://settlement@db.example/payments?search_path=payreconcile"`
	// Id that the journal has to have, as plans show it. A job that was handed another or an empty journal is refused then.
	JournalID Word `json:"journalId,omitempty" jsonschema:"title=Id of the journal"`
	// How captures are read in currencies without two decimals, which the platform's documents disagree about. Ask the platform; there is no default, and such captures are blocked without it.
	CaptureAmountUnit string `json:"captureAmountUnit,omitempty" jsonschema:"title=Unit of captures,enum=minor,enum=hundredths"`
	// Refund while more can be captured. Default: false.
	RefundOnOpenCapture Switch `json:"refundOnOpenCapture,omitempty" jsonschema:"title=Refund on an open capture"`
	// Calls at the same time, from 1 to 1024. Default: 16.
	Parallelism Parallelism `json:"parallelism,omitempty" jsonschema:"title=Calls at the same time"`
	// Most requests a second, from 1 to 100000. Default: no limit.
	Rate Rate `json:"rate,omitempty" jsonschema:"title=Requests a second"`
	// How long a plan can be applied after it was made, from 1m to 168h. Default: 24h.
	PlanTTL Span `json:"planTTL,omitempty" jsonschema:"title=Life of a plan" example:"24h"`
	// How long the platform is relied on to keep an idempotence key, from 10m to 23h59m. Default: 23h.
	KeyWindow Span `json:"keyWindow,omitempty" jsonschema:"title=Life of a key" example:"23h"`
	// Longest time of one send, from 1s to 5m. Default: 60s.
	CallTimeout Span `json:"callTimeout,omitempty" jsonschema:"title=Time of a send" example:"60s"`
	// Longest time of making a connection, from 1s to 5m, and not longer than callTimeout. Default: 5s.
	ConnectTimeout Span `json:"connectTimeout,omitempty" jsonschema:"title=Time of a connection" example:"5s"`
	// Most calls of a run. Default: no cap.
	MaxCalls Calls `json:"maxCalls,omitempty" jsonschema:"title=Most calls of a run"`
	// Most money of a run, one cap a currency, with all decimals. Default: no cap.
	MaxAmount Caps `json:"maxAmount,omitempty" jsonschema:"title=Most money of a run"`
	// Rules that plans are held against: the path of a policy.yaml. Default: none.
	Policy Path `json:"policy,omitempty" jsonschema:"title=Policy" example:"policy.yaml"`
	// People who approve plans, with their keys: the path of an approvers.yaml. Default: none.
	Approvers Path `json:"approvers,omitempty" jsonschema:"title=Approvers" example:"approvers.yaml"`
}

// Types of settings.
type (
	// Value is any text.
	Value string
	// Path is the path of a file.
	Path string
	// Journal is a path or the URL of a database.
	Journal string
	// Endpoint is scheme and host.
	Endpoint string
	// Environment is a name of an environment.
	Environment string
	// MerchantID is the id of a merchant.
	MerchantID string
	// KeyID is the id of an API key.
	KeyID string
	// Word is text without spaces.
	Word string
	// Company is a name on one line.
	Company string
	// Span is a span of time.
	Span string
	// Switch is true or false.
	Switch bool
	// Parallelism is a number of calls.
	Parallelism int
	// Rate is a number of requests a second.
	Rate int
	// Calls is a number of calls.
	Calls int
	// Caps are amounts, one a currency.
	Caps []string
)

// JSONSchema describes any text.
func (Value) JSONSchema() *jsonschema.Schema {
	s := single("", "")
	s.MinLength, s.Extras = size(1), nil
	return s
}

// JSONSchema describes a path.
func (Path) JSONSchema() *jsonschema.Schema {
	return single(`^[^\x00-\x1f\x7f~][^\x00-\x1f\x7f]*$`, "write a path; ~ is what only a shell understands")
}

// JSONSchema describes the place of a journal.
func (Journal) JSONSchema() *jsonschema.Schema { return Path("").JSONSchema() }

// JSONSchema describes an endpoint.
func (Endpoint) JSONSchema() *jsonschema.Schema {
	return single(`^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\x00-\x20\x7f]+/?$`, "write scheme and host only, such as https://payment.preprod.payone.com")
}

// JSONSchema describes a name of an environment.
func (Environment) JSONSchema() *jsonschema.Schema {
	return single(`^[a-z0-9][a-z0-9._-]{0,39}$`, "write up to 40 small letters, digits, dots and dashes, such as live, test or sandbox")
}

// JSONSchema describes the id of a merchant.
func (MerchantID) JSONSchema() *jsonschema.Schema {
	return single(`^[!"$&-.0-9;->@-~]{1,50}$`, "write it as the platform's portal shows it (PSPID), without spaces")
}

// JSONSchema describes the id of an API key.
func (KeyID) JSONSchema() *jsonschema.Schema {
	return single(`^[!-9;-~]{1,50}$`, "write it as the platform's portal shows it, without spaces")
}

// JSONSchema describes one word.
func (Word) JSONSchema() *jsonschema.Schema {
	return single(`^[!-~]{1,50}$`, "write it as plans and journals show it")
}

// JSONSchema describes the name of a company.
func (Company) JSONSchema() *jsonschema.Schema { return text(100) }

// JSONSchema describes a span of time.
func (Span) JSONSchema() *jsonschema.Schema {
	const part = `([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)`
	return &jsonschema.Schema{
		Type: "string", Pattern: `^\+?(` + part + `)+$`, Extras: message("write number and unit, such as 90s, 15m or 23h"),
	}
}

// JSONSchema describes true and false.
func (Switch) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Enum: []any{true, false, "true", "false"}}
}

// JSONSchema describes a number of calls at the same time.
func (Parallelism) JSONSchema() *jsonschema.Schema { return count("1024") }

// JSONSchema describes a number of requests a second.
func (Rate) JSONSchema() *jsonschema.Schema { return count("100000") }

// JSONSchema describes a number of calls.
func (Calls) JSONSchema() *jsonschema.Schema { return count("1000000000") }

// JSONSchema describes caps: one, several with commas between them, or a list.
func (Caps) JSONSchema() *jsonschema.Schema {
	const (
		blank = `[^!-~]*` // whatever counts as a space
		cap1  = blank + `([A-Z]{3}` + blank + `:` + blank + `[0-9]+(\.[0-9]+)?|[0-9]+(\.[0-9]+)? [A-Z]{3})` + blank
		hint  = "write currency and amount with all its decimals, such as EUR:1000.00 or JPY:100000"
	)
	one := &jsonschema.Schema{Type: "string", Pattern: `^` + cap1 + `(,` + cap1 + `)*$`, Extras: message(hint)}
	return &jsonschema.Schema{
		AnyOf:    []*jsonschema.Schema{one, {Type: "array", MinItems: size(1), Items: one}},
		Examples: []any{"EUR:1000.00", []string{"EUR:1000.00", "JPY:100000"}},
	}
}

// count is a whole number from one on.
func count(most json.Number) *jsonschema.Schema {
	return &jsonschema.Schema{
		Pattern: `^0*[1-9][0-9]*$`, Minimum: "1", Maximum: most,
		Extras: orText("integer", "write a number from 1 to "+most.String()),
	}
}
