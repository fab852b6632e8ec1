package config

import (
	"slices"
	"strings"
)

// A Setting is one thing that can be configured, and the names under which
// each source knows it. A source without a name cannot set it.
type Setting struct {
	Name    string // in payreconcile.yaml
	Env     string // environment variable
	Flag    string // of the command line, without the dashes
	SDK     string // key of the official SDKs' properties file, behind its prefix
	Usage   string // what it is, in a few words
	Default string // in words; "" when there is none

	EnvOnly bool // no flag and no file can set it, since those come with what is checked against it

	list  bool // takes several values
	apply func(*loader, given)
}

// Names of settings.
const (
	setEndpoint       = "endpoint"
	setEnvironment    = "environment"
	setMerchantID     = "merchantId"
	setAPIKeyID       = "apiKeyId"
	setAPISecret      = "apiSecret"
	setAPISecretFile  = "apiSecretFile"
	setIntegrator     = "integrator"
	setJournal        = "journal"
	setJournalID      = "journalId"
	setCaptureUnit    = "captureAmountUnit"
	setRefundOnOpen   = "refundOnOpenCapture"
	setParallelism    = "parallelism"
	setRate           = "rate"
	setPlanTTL        = "planTTL"
	setKeyWindow      = "keyWindow"
	setCallTimeout    = "callTimeout"
	setConnectTimeout = "connectTimeout"
	setMaxCalls       = "maxCalls"
	setMaxAmount      = "maxAmount"
	setPolicy         = "policy"
	setApprovers      = "approvers"
	setPolicyPin      = "policySHA256"
	setApproversPin   = "approversSHA256"
	setSDKConfig      = "sdkConfig"
	setConfig         = "" // the name of payreconcile.yaml itself
)

// table lists the settings in the order in which they are shown and in which
// their faults are reported. A function, since the settings refer to it.
func table() []Setting {
	return []Setting{
		{Name: setConfig, Env: "PAYRECONCILE_CONFIG", Flag: "config", Usage: "configuration file", Default: DefaultFile + ", if there is one"},
		{Name: setSDKConfig, Env: "PAYRECONCILE_SDK_CONFIG", Flag: "sdk-config", Usage: "properties file of the official SDKs"},
		{Name: setEndpoint, Env: "PAYRECONCILE_ENDPOINT", Flag: "endpoint", SDK: "endpoint.host", Usage: "scheme and host of the platform", apply: (*loader).endpoint},
		{Name: setEnvironment, Env: "PAYRECONCILE_ENVIRONMENT", Flag: "environment", Usage: "name of the environment", Default: "live and test for the known hosts, sandbox for this machine", apply: (*loader).environment},
		{Name: setMerchantID, Env: "PAYRECONCILE_MERCHANT_ID", Flag: "merchant-id", Usage: "merchant id (PSPID)", apply: (*loader).merchantID},
		{Name: setAPIKeyID, Env: "PAYRECONCILE_API_KEY_ID", Flag: "api-key-id", Usage: "id of the API key", apply: (*loader).apiKeyID},
		{Name: setAPISecret, Env: "PAYRECONCILE_API_SECRET", Usage: "secret of the API key"},
		{Name: setAPISecretFile, Env: "PAYRECONCILE_API_SECRET_FILE", Flag: "api-secret-file", Usage: "file that holds the secret of the API key"},
		{Name: setIntegrator, Env: "PAYRECONCILE_INTEGRATOR", SDK: "integrator", Usage: "company that runs this integration", Default: DefaultIntegrator, apply: (*loader).integrator},
		{Name: setJournal, Env: "PAYRECONCILE_JOURNAL", Flag: "journal", Usage: "journal file", Default: DefaultJournal, apply: (*loader).journal},
		{Name: setJournalID, Env: "PAYRECONCILE_JOURNAL_ID", Usage: "id that the journal has to have", Default: "any", apply: (*loader).journalID},
		{Name: setCaptureUnit, Env: "PAYRECONCILE_CAPTURE_AMOUNT_UNIT", Usage: "minor or hundredths: how captures are read in currencies without two decimals", apply: (*loader).captureUnit},
		{Name: setRefundOnOpen, Env: "PAYRECONCILE_REFUND_ON_OPEN_CAPTURE", Usage: "true or false: refund while more can be captured", Default: "false", apply: (*loader).refundOnOpen},
		{Name: setParallelism, Env: "PAYRECONCILE_PARALLELISM", Flag: "parallelism", SDK: "maxConnections", Usage: "calls at the same time", Default: "16", apply: (*loader).parallelism},
		{Name: setRate, Env: "PAYRECONCILE_RATE", Flag: "rate", Usage: "most requests a second", Default: "no limit", apply: (*loader).rate},
		{Name: setPlanTTL, Env: "PAYRECONCILE_PLAN_TTL", Usage: "how long a plan can be applied", Default: "24h", apply: (*loader).planTTL},
		{Name: setKeyWindow, Env: "PAYRECONCILE_KEY_WINDOW", Usage: "how long the platform is relied on to keep an idempotence key", Default: "23h", apply: (*loader).keyWindow},
		{Name: setCallTimeout, Env: "PAYRECONCILE_CALL_TIMEOUT", SDK: "socketTimeout", Usage: "longest time of one send", Default: "60s", apply: (*loader).callTimeout},
		{Name: setConnectTimeout, Env: "PAYRECONCILE_CONNECT_TIMEOUT", SDK: "connectTimeout", Usage: "longest time of making a connection", Default: "5s", apply: (*loader).connectTimeout},
		{Name: setMaxCalls, Env: "PAYRECONCILE_MAX_CALLS", Flag: "max-calls", Usage: "most calls of a run", Default: "no cap", apply: (*loader).maxCalls},
		{Name: setMaxAmount, Env: "PAYRECONCILE_MAX_AMOUNT", Flag: "max-amount", Usage: "most money of a run, one a currency, such as EUR:1000.00", Default: "no cap", list: true, apply: (*loader).maxAmount},
		{Name: setPolicy, Env: "PAYRECONCILE_POLICY", Flag: "policy", Usage: "rules that plans are held against", Default: "none", apply: (*loader).policy},
		{Name: setApprovers, Env: "PAYRECONCILE_APPROVERS", Flag: "approvers", Usage: "people who approve plans, with their keys", Default: "none", apply: (*loader).approvers},
		{Name: setPolicyPin, Env: "PAYRECONCILE_POLICY_SHA256", Usage: "SHA-256 that the policy has to have, and that there has to be one", Default: "any", EnvOnly: true, apply: (*loader).policyPin},
		{Name: setApproversPin, Env: "PAYRECONCILE_APPROVERS_SHA256", Usage: "SHA-256 that the approvers have to have, and that there have to be some", Default: "any", EnvOnly: true, apply: (*loader).approversPin},
	}
}

// Settings lists everything that can be configured. The first one, without a
// Name, is where payreconcile.yaml is.
func Settings() []Setting { return table() }

func settingOf(name string) Setting {
	all := table()
	return all[slices.IndexFunc(all, func(s Setting) bool { return s.Name == name })]
}

// ways says how a setting can be set.
func (s Setting) ways() string {
	if s.Name == setAPISecret {
		f := settingOf(setAPISecretFile)
		return "set " + s.Env + ", or put the secret in a file of its own and name that by " +
			strings.Join([]string{f.Env, "--" + f.Flag}, " or ") + ", or " + f.Name + " in " + DefaultFile
	}
	ways := []string{"set " + s.Env}
	if s.Flag != "" {
		ways = append(ways, "give --"+s.Flag)
	}
	if !s.EnvOnly {
		ways = append(ways, "write "+s.Name+" in "+DefaultFile)
	}
	if s.SDK != "" {
		ways = append(ways, "give --sdk-config a file that has "+sdkPrefix+s.SDK)
	}
	if s.Name == setEnvironment {
		ways = append(ways, "give the endpoint of a known host")
	}
	return strings.Join(ways, ", or ")
}

// yamlNames are the keys of payreconcile.yaml.
func yamlNames() []string {
	var names []string
	for _, s := range table() {
		if s.Name != setConfig && s.Name != setAPISecret && !s.EnvOnly {
			names = append(names, s.Name)
		}
	}
	return names
}
