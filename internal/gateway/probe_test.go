package gateway_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	const denied = `{"errorId":"e","errors":[{"errorCode":"9007","id":"ACCESS_TO_MERCHANT_NOT_ALLOWED","httpStatusCode":403}]}`
	later, earlier := time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat), time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat)
	for name, tt := range map[string]struct {
		platform *platform
		status   int
		errors   []string
		refused  bool
		foreign  bool
		offset   time.Duration
	}{
		"well":               {says(200, "application/json", `{"result":"OK"}`), 200, nil, false, false, 0},
		"ten minutes ahead":  {says(200, "application/json", `{"result":"OK"}`, "Date", later), 200, nil, false, false, 10 * time.Minute},
		"ten minutes behind": {says(200, "application/json", `{}`, "Date", earlier), 200, nil, false, false, -10 * time.Minute},
		"refused":            {says(403, "application/json", denied), 403, []string{"ACCESS_TO_MERCHANT_NOT_ALLOWED"}, true, false, 0},
		"a login page":       {says(403, "text/html", "<html>", "Date", later), 403, nil, false, true, 0},
		"a page of sorts":    {says(200, "text/html", "<html>"), 200, nil, false, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := client(t, tt.platform).TestConnection(t.Context())
			require.Equal(t, tt.status, p.Status)
			require.Equal(t, tt.errors, p.Errors)
			require.Equal(t, tt.refused, p.Refused())
			require.Equal(t, tt.foreign, p.Foreign)
			require.Equal(t, !tt.foreign, p.Dated)
			require.InDelta(t, tt.offset.Seconds(), p.Offset.Seconds(), 5)
			require.Equal(t, tt.status == 200 && !tt.foreign, p.Err == nil)
		})
	}
	read := says(404, "application/json", `{"errorId":"e","errors":[{"errorCode":"1002","id":"UNKNOWN_PAYMENT_ID","httpStatusCode":404}]}`)
	p := client(t, read).TestReading(t.Context(), id)
	require.Equal(t, http.StatusNotFound, p.Status)
	require.False(t, p.Foreign)
	require.Len(t, read.paths, 1)
	require.Contains(t, read.paths[0], "GET ")
	require.Contains(t, read.paths[0], "/payments/3066177123_0/details")
}
