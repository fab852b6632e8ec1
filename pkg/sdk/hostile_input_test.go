package sdk_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// TestWhatTheCallerIsTold has what callers get wrong in a call, with the text that
// tells them. Nothing is sent.
func TestWhatTheCallerIsTold(t *testing.T) {
	t.Parallel()
	const length, spelling = "use 1 to 40", "a space or a character that is not printable ASCII"
	const empty, not = "an id or path segment after /v2/PSPID1/payments is empty", "cannot be an id or path segment"
	key := sdk.WithIdempotenceKey
	for name, tt := range map[string]struct {
		id   string
		opt  sdk.CallOption
		want string
	}{
		"an empty key":           {payment, key(""), "build request: idempotence key has 0 characters: " + length},
		"a key of 41":            {payment, key(strings.Repeat("k", 41)), "build request: idempotence key has 41 characters: " + length},
		"a key of 10,000":        {payment, key(strings.Repeat("k", 10_000)), "build request: idempotence key has 10000 characters: " + length},
		"a key with LF":          {payment, key("a\nb"), "build request: idempotence key has " + spelling},
		"a key with CRLF":        {payment, key("a\r\nX-Evil: 1"), "build request: idempotence key has " + spelling},
		"a key that ends in LF":  {payment, key("key-1\n"), "build request: idempotence key has " + spelling},
		"a key with NUL":         {payment, key("a\x00"), "build request: idempotence key has " + spelling},
		"a key with a tab":       {payment, key("a\tb"), "build request: idempotence key has " + spelling},
		"a blank key":            {payment, key(" "), "build request: idempotence key has " + spelling},
		"a key with an umlaut":   {payment, key("schlüssel"), "build request: idempotence key has " + spelling},
		"a key in wide letters":  {payment, key("ｋｅｙ"), "build request: idempotence key has " + spelling},
		"a key with DEL":         {payment, key("a\x7f"), "build request: idempotence key has " + spelling},
		"a key of broken UTF-8":  {payment, key("\xff"), "build request: idempotence key has " + spelling},
		"a header's CRLF":        {payment, sdk.WithHeader("X-Note", "a\r\nX-Evil: 1"), "build request: header X-Note has a line break or a character that is not printable ASCII"},
		"a header's NUL":         {payment, sdk.WithHeader("X-Note", "a\x00"), "build request: header X-Note has a line break or a character that is not printable ASCII"},
		"a header's broken text": {payment, sdk.WithHeader("X-Note", "\xff"), "build request: header X-Note has a line break or a character that is not printable ASCII"},
		"no header name":         {payment, sdk.WithHeader("", "a"), `build request: header name "" is not valid`},
		"a colon in a name":      {payment, sdk.WithHeader("X-Note: a", "a"), `build request: header name "X-Note: a" is not valid`},
		"a line in a name":       {payment, sdk.WithHeader("X-Note\r\nDate", "a"), `build request: header name "X-Note\r\nDate" is not valid`},
		"a space after a name":   {payment, sdk.WithHeader("Authorization ", "a"), `build request: header name "Authorization " is not valid`},
		"an umlaut in a name":    {payment, sdk.WithHeader("Däte", "a"), `build request: header name "Däte" is not valid`},
		"a negative policy":      {payment, sdk.WithRetry(sdk.RetryPolicy{MaxSends: -1}), "build request: retry policy must not have negative fields"},
		"an empty id":            {"", sdk.WithQuery(nil), "build path: " + empty},
		"here":                   {".", sdk.WithQuery(nil), `build path: "." ` + not},
		"above":                  {"..", sdk.WithQuery(nil), `build path: ".." ` + not},
		"a slash":                {"1_0/capture", sdk.WithQuery(nil), `build path: "1_0/capture" ` + not},
		"a slash at the end":     {"1_0/", sdk.WithQuery(nil), `build path: "1_0/" ` + not},
		"a backslash":            {`1_0\capture`, sdk.WithQuery(nil), `build path: "1_0\\capture" ` + not},
		"escaped dots":           {"%2e%2e", sdk.WithQuery(nil), `build path: "%2e%2e" ` + not},
		"an escaped slash":       {"1_0%2Fcapture", sdk.WithQuery(nil), `build path: "1_0%2Fcapture" ` + not},
		"NUL":                    {"1_0\x00", sdk.WithQuery(nil), `build path: "1_0\x00" ` + not},
		"a line":                 {"1_0\r\nX-Evil: 1", sdk.WithQuery(nil), `build path: "1_0\r\nX-Evil: 1" ` + not},
		"a tab":                  {"1_0\t", sdk.WithQuery(nil), `build path: "1_0\t" ` + not},
		"DEL":                    {"1_0\x7f", sdk.WithQuery(nil), `build path: "1_0\x7f" ` + not},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := &script{steps: []step{says(200, `{}`)}}
			m := dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn))
			info := sdk.CallInfo{Sends: make([]sdk.Send, 2)}
			_, err := m.Payments().CapturePayment(t.Context(), tt.id, nil, tt.opt, sdk.WithCallInfo(&info))
			require.EqualError(t, err, tt.want)
			require.Empty(t, conn.sent)
			require.Empty(t, info.Sends)
			require.True(t, info.Unsent())
		})
	}
}

// TestEveryFaultIsTold: a caller hears of all options that cannot be used, at once.
func TestEveryFaultIsTold(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(200, `{}`)}}
	err := get(t.Context(), dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn)),
		sdk.WithIdempotenceKey(""), sdk.WithHeader("Date", "now"), sdk.WithHeader("a b", ""))
	for _, part := range []string{"0 characters", "header Date", `"a b"`} {
		require.ErrorContains(t, err, part)
	}
	require.Empty(t, conn.sent)
}

// TestHeadersOfTheClient: no spelling of a header that the client sets gets past it.
func TestHeadersOfTheClient(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(200, `{}`)}}
	m := dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn))
	for _, name := range []string{
		"X-GCS-ServerMetaInfo", "X-GCS-Idempotence-Key", "Date", "Content-Type", "Authorization",
		"Idempotency-Key", "X-Idempotency-Key", "Host", "Content-Length", "Transfer-Encoding", "Connection",
		"Trailer", "Accept-Encoding", "Content-Encoding",
	} {
		for _, spelled := range []string{name, strings.ToLower(name), strings.ToUpper(name), http.CanonicalHeaderKey(name), alternating(name)} {
			require.EqualError(t, get(t.Context(), m, sdk.WithHeader(spelled, "v")),
				"build request: header "+http.CanonicalHeaderKey(name)+" is set by the client itself")
			if !strings.EqualFold(name, "X-GCS-ServerMetaInfo") {
				_, err := sdk.NewClient(config(sdk.PayoneTest), sdk.WithMetadataProvider(metadata{spelled: "v"}))
				require.EqualError(t, err, "configure client: read metadata: header "+http.CanonicalHeaderKey(name)+" is set by the client itself")
			}
		}
	}
	require.Empty(t, conn.sent)
}

func alternating(s string) string {
	b := []rune(s)
	for i, r := range b {
		if b[i] = unicode.ToLower(r); i%2 == 1 {
			b[i] = unicode.ToUpper(r)
		}
	}
	return string(b)
}

// TestWhatTheConfiguratorIsTold has what cannot be a configuration.
func TestWhatTheConfiguratorIsTold(t *testing.T) {
	t.Parallel()
	const noURL, path = "read endpoint: not a URL like https://payment.payone.com", "read endpoint: a path is not allowed, leave out everything after the host"
	const query, scheme = "read endpoint: a query or fragment is not allowed", "read endpoint: the scheme must be https or http"
	endpoint := func(e string) func(*sdk.Config) { return func(c *sdk.Config) { c.Endpoint = e } }
	cart := func(creator, name, version string) func(*sdk.Config) {
		return func(c *sdk.Config) {
			c.ShoppingCartExtension = &model.ShoppingCartExtension{Creator: &creator, Name: &name, Version: &version}
		}
	}
	for name, tt := range map[string]struct {
		change func(*sdk.Config)
		want   string
	}{
		"no endpoint":          {endpoint(""), scheme},
		"only a host":          {endpoint("payment.example"), scheme},
		"host and port":        {endpoint("payment.example:443"), scheme},
		"no scheme":            {endpoint("//payment.example"), scheme},
		"ftp":                  {endpoint("ftp://payment.example"), scheme},
		"file":                 {endpoint("file:///etc/passwd"), scheme},
		"no slashes":           {endpoint("https:payment.example"), "read endpoint: the host is missing"},
		"no host":              {endpoint("https://"), "read endpoint: the host is missing"},
		"a path":               {endpoint("https://payment.example/v2"), path},
		"a path of slashes":    {endpoint("https://payment.example//"), path},
		"an escaped path":      {endpoint("https://payment.example/%2e%2e"), path},
		"a user":               {endpoint("https://user@payment.example"), "read endpoint: user info is not allowed, keys are given separately"},
		"a password":           {endpoint("https://user:" + secret[:3] + "@payment.example"), "read endpoint: user info is not allowed, keys are given separately"},
		"a query":              {endpoint("https://payment.example?a=b"), query},
		"a query after a path": {endpoint("https://payment.example/?a=b"), query},
		"a fragment":           {endpoint("https://payment.example#a"), query},
		"a space before":       {endpoint(" https://payment.example"), noURL},
		"a line after":         {endpoint("https://payment.example\n"), noURL},
		"a space within":       {endpoint("https://payment example"), noURL},
		"a backslash":          {endpoint(`https://payment.example\@evil.example`), noURL},
		"an escaped host":      {endpoint("https://%70ayment.example"), noURL},
		"a negative port":      {endpoint("https://payment.example:-1"), noURL},
		"a port by name":       {endpoint("https://payment.example:https"), noURL},
		"half an IPv6":         {endpoint("https://[::1"), noURL},
		"IPv6 without []":      {endpoint("https://::1"), noURL},
		"no integrator":        {func(c *sdk.Config) { c.Integrator = "" }, "integrator is blank: name the company that built this integration"},
		"a blank integrator":   {func(c *sdk.Config) { c.Integrator = " \t\n" }, "integrator is blank: name the company that built this integration"},
		"a cart without name":  {cart("Maker", "", "7"), "shopping cart extension without name: give creator, name and version, or none of them"},
		"a cart with a blank":  {cart("Maker", "Cart", " "), "shopping cart extension without version: give creator, name and version, or none of them"},
		"an empty cart":        {func(c *sdk.Config) { c.ShoppingCartExtension = &model.ShoppingCartExtension{} }, "shopping cart extension without creator: give creator, name and version, or none of them"},
		"a key id with LF":     {func(c *sdk.Config) { c.APIKeyID += "\n" }, "the API key id is blank or has a line break"},
		"a key id with CRLF":   {func(c *sdk.Config) { c.APIKeyID = "a\r\nX-Evil: 1" }, "the API key id is blank or has a line break"},
		"a blank secret":       {func(c *sdk.Config) { c.APISecret = " \r\n" }, "the API secret is blank"},
		"a proxy without host": {func(c *sdk.Config) { c.Proxy = "http://user:" + secret + "@" }, "read proxy: not a URL like http://proxy.example:3128"},
		"an ftp proxy":         {func(c *sdk.Config) { c.Proxy = "ftp://proxy.example" }, "read proxy: the scheme must be http, https, socks5 or socks5h"},
	} {
		cfg := config("https://payment.example")
		tt.change(&cfg)
		_, err := sdk.NewClient(cfg)
		require.EqualError(t, err, "configure client: "+tt.want, name)
	}
}

// TestEndedContexts: nothing is sent for a caller who has left, by whatever call.
func TestEndedContexts(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(200, `{}`)}}
	m := dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, op := range apiOperations(t) {
		err := op.call(ctx, t, m)
		require.ErrorIs(t, err, context.Canceled, op.OperationID)
		var comm *sdk.CommunicationError
		require.ErrorAs(t, err, &comm)
		require.True(t, comm.Unsent)
		require.Zero(t, comm.Sends)
	}
	require.Empty(t, conn.sent)
}

// TestQueryArrivesAsItIs: what has a meaning in an address keeps none in a query.
func TestQueryArrivesAsItIs(t *testing.T) {
	t.Parallel()
	w := &wire{play: plays(wellDone)}
	m := over(t, w, once)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[&=+%;?#/\\\r\n 	"<ü-]*`))
		query := url.Values(rapid.MapOf(text, rapid.SliceOfN(text, 1, 3)).Draw(t, "query"))
		w.requests = nil
		require.NoError(t, sdk.Do(context.Background(), m, sdk.Request{Method: http.MethodGet, Path: []string{"products"}, Query: query}, nil))
		r := w.requests[0]
		got, err := url.ParseQuery(r.URL.RawQuery)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(query, got))
		require.NoError(t, verify(r.Method, r.RequestURI, r.Header))
		require.Equal(t, "/v2/PSPID1/products", r.URL.Path)
	})
}

// TestAnyIDIsOneSegment: an id is refused, or it is what a server finds as the one
// segment in its place.
func TestAnyIDIsOneSegment(t *testing.T) {
	t.Parallel()
	w := &wire{play: plays(wellDone)}
	m := over(t, w, once)
	id := rapid.OneOf(
		rapid.String(), rapid.StringMatching(`[a-zA-Z0-9_.~-]*`), rapid.StringMatching(`(\.|%2e|%2F|/|\\|;|:|@|\?|#|&|=|\+| |ü|€|[a-z0-9_])*`),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.IntRange(1, 10_000), func(n int) string { return strings.Repeat("9", n) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		id := id.Draw(t, "id")
		w.requests = nil
		_, err := m.Payments().GetPayment(context.Background(), id)
		if err != nil {
			require.ErrorContains(t, err, "build path: ")
			require.Empty(t, w.requests)
			return
		}
		r := w.requests[0]
		segments := strings.Split(r.RequestURI, "/")
		require.Len(t, segments, 5, r.RequestURI)
		got, err := url.PathUnescape(segments[4])
		require.NoError(t, err)
		require.Equal(t, id, got)
		require.Equal(t, []string{"", "v2", merchant, "payments"}, segments[:4])
		require.NotContains(t, []string{"", ".", ".."}, got)
		require.NoError(t, verify(r.Method, r.RequestURI, r.Header))
	})
}
