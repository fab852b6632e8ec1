package sandbox_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func TestAnIssuerMayRefuseLateCaptures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, func(b *sandbox.Behaviour) {
			b.ExpiredAuthorization, b.SettleAfter = sandbox.ExpiredRefused, time.Hour
		})
		path := c.payment(t, 800)
		c.sb.Advance(30*day - time.Minute)
		c.post(t, path+"/capture", `{"amount":100}`)
		c.sb.Advance(time.Minute)
		require.Equal(t, [3]int64{700, 700, 0}, c.shown(t, path).open())
		require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":200}`).status)
		c.sb.Advance(time.Hour)
		require.Equal(t, "9 93", c.codes(t, path))
		require.Equal(t, 200, c.post(t, path+"/cancel", "").status)
	})
}

func TestAuthorizationsMayLiveForEver(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.PreAuthorizationLife = 0 })
	path := c.payment(t, 800)
	c.sb.Advance(9 * 365 * day)
	require.Equal(t, 201, c.post(t, path+"/capture", "").status)
}

// A read that lags behind shows the time before the end.
func TestAReadThatLagsShowsALiveAuthorization(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, func(b *sandbox.Behaviour) { b.ReadLag = time.Minute })
		path := c.payment(t, 800)
		c.sb.Advance(30 * day)
		require.Equal(t, 400, c.post(t, path+"/capture", "").status)
		require.Equal(t, 5, c.shown(t, path).StatusOutput.StatusCode)
		c.sb.Advance(time.Minute)
		require.Equal(t, 6, c.shown(t, path).StatusOutput.StatusCode)
	})
}
