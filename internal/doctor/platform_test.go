package doctor_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/doctor"
	"github.com/payreconcile/payreconcile/internal/gateway"
)

func TestCredentials(t *testing.T) {
	t.Parallel()
	no := errors.New("no")
	const refused = doctor.CauseCredentials
	for name, tt := range map[string]struct {
		probe gateway.Probe
		want  want
	}{
		"good":               {gateway.Probe{Status: 200}, want{doctor.OK, "", "for merchant shop"}},
		"unknown":            {gateway.Probe{Status: 401, Err: no}, want{doctor.Problem, refused, "does not know who this is: status 401"}},
		"wrong secret":       {gateway.Probe{Status: 403, Err: no, Errors: []string{"MISSING_OR_INVALID_AUTHORIZATION"}}, want{doctor.Problem, refused, "live and test have keys of their own"}},
		"wrong merchant":     {gateway.Probe{Status: 403, Err: no, Errors: []string{"ACCESS_TO_MERCHANT_NOT_ALLOWED"}}, want{doctor.Problem, refused, "the key is not for merchant shop"}},
		"wrong merchant, id": {gateway.Probe{Status: 403, Err: no, Errors: []string{"9007"}}, want{doctor.Problem, refused, "check the merchant id"}},
		"wrong clock":        {gateway.Probe{Status: 403, Err: no, Dated: true, Offset: -time.Hour}, want{doctor.Problem, refused, "set the clock first"}},
		"a firewall":         {gateway.Probe{Status: 403, Err: no, Foreign: true}, want{doctor.Problem, "", "it is not the platform"}},
		"overloaded":         {gateway.Probe{Status: 503, Err: no}, want{doctor.Problem, "", "cannot answer now: status 503"}},
		"odd":                {gateway.Probe{Status: 404, Err: no}, want{doctor.Problem, "", "check endpoint and merchant id"}},
		"silent":             {gateway.Probe{Err: no, Foreign: true}, want{doctor.Problem, "", "no answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.want.holds(t, doctor.Credentials(tt.probe, "shop"))
		})
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for offset, want := range map[time.Duration]want{
		0:                              {doctor.OK, "", "this machine's"},
		40 * time.Second:               {doctor.OK, "", "40s behind"},
		time.Minute:                    {doctor.OK, "", "1m0s behind"},
		61 * time.Second:               {doctor.Warning, "", "1m1s behind"},
		-5 * time.Minute:               {doctor.Warning, "", "5m0s ahead of"},
		-5*time.Minute - time.Second:   {doctor.Problem, "", "5m1s ahead of"},
		10*time.Minute + time.Second/3: {doctor.Problem, "", "apply sends nothing"},
	} {
		want.holds(t, doctor.Clock(gateway.Probe{Dated: true, Offset: offset}))
	}
	want{doctor.Skipped, "", "did not say its time"}.holds(t, doctor.Clock(gateway.Probe{}))
}

func TestReading(t *testing.T) {
	t.Parallel()
	no := errors.New("no")
	want{doctor.OK, "", "allowed"}.holds(t, doctor.Reading(gateway.Probe{Status: 404, Err: no}))
	want{doctor.OK, "", "allowed"}.holds(t, doctor.Reading(gateway.Probe{Status: 200}))
	want{doctor.Problem, doctor.CauseCredentials, "refuses to read payments"}.holds(t, doctor.Reading(gateway.Probe{Status: 403, Err: no}))
	want{doctor.Warning, "", "status 404, which tells nothing"}.holds(t, doctor.Reading(gateway.Probe{Status: 404, Err: no, Foreign: true}))
	want{doctor.Warning, "", "no answer"}.holds(t, doctor.Reading(gateway.Probe{Err: no, Foreign: true}))
	require.Equal(t, doctor.Skipped, doctor.Moving().Status, "nobody can tell without moving money")
}
