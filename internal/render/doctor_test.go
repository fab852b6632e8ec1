package render_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/doctor"
	"github.com/payreconcile/payreconcile/internal/render"
)

// visited is a report with a check of every kind, some of them hostile.
func visited() *doctor.Report {
	r := &doctor.Report{Environment: "live", Merchant: "shop-eu", Endpoint: "https://payment.payone.com"}
	r.Add(
		doctor.Check{Area: doctor.Configuration, Name: "settings", Status: doctor.OK, Found: "2 settings set, the others have their defaults", Facts: []doctor.Fact{
			{Name: "merchantId", Value: "shop-eu", Origin: "PAYRECONCILE_MERCHANT_ID"},
			{Name: "apiSecret", Value: "***", Origin: "payreconcile.yaml:3:1"},
		}},
		doctor.Check{Area: doctor.Configuration, Name: "secret", Status: doctor.Warning, Found: "set, and only 5 characters long", Todo: "copy all of it from the platform's portal"},
		doctor.Check{Area: doctor.Platform, Name: "credentials", Status: doctor.Problem, Cause: doctor.CauseCredentials, Found: "something says \x1b[2J\n::error::boo ##[error]\u202e", Todo: "ask\nwho"},
		doctor.Check{Area: doctor.Platform, Name: "moving money", Status: doctor.Skipped, Found: "whether this key may capture, refund and cancel shows only when it does"},
	)
	return r
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	text := lines(t, func(w io.Writer) error { return render.Doctor(w, visited(), render.Style{Width: 80}) })
	require.Equal(t, `LIVE ENVIRONMENT: what is applied here moves real money.
Checked live, merchant shop-eu

configuration
  ok       settings          2 settings set, the others have their defaults
                             merchantId  shop-eu  from PAYRECONCILE_MERCHANT_ID
                             apiSecret   ***  from payreconcile.yaml:3:1
  warning  secret            set, and only 5 characters long
                             hint: copy all of it from the platform's portal

platform
  problem  credentials       something says \x1b[2J\n::error::boo
                             ##\x5berror]\u202e
                             hint: ask\nwho
  skipped  moving money      whether this key may capture, refund and cancel
                             shows only when it does

1 problem, 1 warning; 1 check well, 1 check left out
`, text)
}

func TestDoctorVerdicts(t *testing.T) {
	t.Parallel()
	for status, want := range map[doctor.Status]string{
		doctor.OK:      "All is well: 1 check well, 0 checks left out",
		doctor.Warning: "Nothing keeps a run from working; 1 warning; 0 checks well, 0 checks left out",
		doctor.Problem: "1 problem, 0 warnings; 0 checks well, 0 checks left out",
	} {
		r := &doctor.Report{Checks: []doctor.Check{{Area: doctor.Rules, Name: "policy", Status: status, Found: "x"}}}
		text := lines(t, func(w io.Writer) error { return render.Doctor(w, r, render.Style{}) })
		require.True(t, strings.HasSuffix(text, "\n"+want+"\n"), text)
		require.NotContains(t, text, "LIVE")
	}
}
