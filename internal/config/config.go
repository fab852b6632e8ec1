package config

import (
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Defaults of what need not be configured.
const (
	DefaultFile           = "payreconcile.yaml" // read from the working directory when it is there
	DefaultJournal        = "payreconcile.db"   // in the working directory
	DefaultIntegrator     = "payreconcile"
	DefaultParallelism    = 16
	DefaultPlanTTL        = 24 * time.Hour
	DefaultKeyWindow      = 23 * time.Hour
	DefaultCallTimeout    = 60 * time.Second
	DefaultConnectTimeout = 5 * time.Second
)

// An Error is one fault of the configuration: where the wrong value came from
// (a flag, a variable, a line of a file), what is wrong and what to do.
type Error = spec.Error

// A Config is how payreconcile is to run. It prints without the secret and can
// be copied.
type Config struct {
	Endpoint    string // scheme and host, with a port if need be; "" when none was given
	Environment string // live and test for the known hosts, sandbox for this machine, else as named
	MerchantID  string
	APIKeyID    string
	APISecret   Secret
	Integrator  string

	Journal   string // path of the file, or a postgres:// URL without a password
	JournalID string // the journal has to have this id; "" takes any

	CaptureAmountUnit   plan.CaptureUnit // how captures are read in currencies without two decimals
	RefundOnOpenCapture bool             // refund while more can be captured

	Parallelism    int           // calls at the same time
	Rate           int           // requests a second at most; 0 is no limit
	PlanTTL        time.Duration // how long a plan can be applied after it was made
	KeyWindow      time.Duration // how long the platform is relied on to keep an idempotence key
	CallTimeout    time.Duration // of one send
	ConnectTimeout time.Duration // of making a connection

	MaxCalls  int64                   // calls a run; 0 is no cap
	MaxAmount map[spec.Currency]int64 // minor units a run, by currency; a missing one has no cap

	Policy          string // path of the rules that plans are held against; "" when there are none
	Approvers       string // path of the people who approve plans; "" when there are none
	PolicySHA256    string // the policy has to have this hash, in hexadecimal; "" takes any, and none
	ApproversSHA256 string // likewise the approvers

	Files    []string // that were read, in the order in which they were
	Warnings []string // what is not wrong and not well, for people

	origins map[string]spec.Pos
}

// Env returns what plans are made for.
func (c *Config) Env() plan.Env {
	return plan.Env{
		Name: c.Environment, Merchant: c.MerchantID, CaptureUnit: c.CaptureAmountUnit, RefundOpen: c.RefundOnOpenCapture,
	}
}

// Origin returns where the value of a setting came from, by the name that
// Settings lists: "--endpoint", "PAYRECONCILE_ENDPOINT", "payreconcile.yaml:3:1".
// It is "" for a default.
func (c *Config) Origin(name string) string { return c.origins[name].String() }

// RequireMerchant returns an error that names every way to set what is missing
// to know the environment and the merchant; nil when nothing is.
func (c *Config) RequireMerchant() error {
	return missing(
		need{setEnvironment, c.Environment != ""},
		need{setMerchantID, c.MerchantID != ""},
	)
}

// RequireConnection returns an error that names every way to set what is
// missing to call the platform; nil when nothing is.
func (c *Config) RequireConnection() error {
	return missing(
		need{setEndpoint, c.Endpoint != ""},
		need{setEnvironment, c.Environment != "" || c.Endpoint == ""}, // the endpoint mostly gives it
		need{setMerchantID, c.MerchantID != ""},
		need{setAPIKeyID, c.APIKeyID != ""},
		need{setAPISecret, c.APISecret.IsSet()},
	)
}

// A need is a setting that a command cannot do without.
type need struct {
	name string
	have bool
}

func missing(needs ...need) error {
	var faults spec.Errors
	for _, n := range needs {
		if !n.have {
			s := settingOf(n.name)
			faults = append(faults, &Error{Path: n.name, Msg: "is not set", Hint: s.ways()})
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}
