package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Value returns what a setting is, as a person reads it: "***" for the secret,
// and "" for what is neither set nor has a default.
func (c *Config) Value(name string) string {
	values := map[string]string{
		setEndpoint: c.Endpoint, setEnvironment: c.Environment, setMerchantID: c.MerchantID, setAPIKeyID: c.APIKeyID,
		setAPISecret: c.APISecret.String(), setIntegrator: c.Integrator, setJournal: c.Journal, setJournalID: c.JournalID,
		setCaptureUnit: string(c.CaptureAmountUnit), setRefundOnOpen: strconv.FormatBool(c.RefundOnOpenCapture),
		setParallelism: strconv.Itoa(c.Parallelism), setRate: orNone(int64(c.Rate)), setPlanTTL: spell(c.PlanTTL),
		setKeyWindow: spell(c.KeyWindow), setCallTimeout: spell(c.CallTimeout), setConnectTimeout: spell(c.ConnectTimeout),
		setMaxCalls: orNone(c.MaxCalls), setMaxAmount: c.caps(), setPolicy: c.Policy, setApprovers: c.Approvers,
		setPolicyPin: c.PolicySHA256, setApproversPin: c.ApproversSHA256,
	}
	return values[name]
}

// orNone is a limit; 0 is none.
func orNone(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// caps are the caps on money, by currency.
func (c *Config) caps() string {
	var all []string
	for _, currency := range slices.Sorted(maps.Keys(c.MaxAmount)) {
		all = append(all, spec.Money{Minor: c.MaxAmount[currency], Currency: currency}.String())
	}
	return strings.Join(all, ", ")
}
