package conformance_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

const gcs = "X-Gcs-"

var (
	dateForm          = regexp.MustCompile(`^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$`)
	authorizationForm = regexp.MustCompile(`^GCS v1HMAC:` + keyID + `:[A-Za-z0-9+/]{43}=$`)
)

// compare compares two requests that should mean the same.
func (w *witness) compare(t *testing.T, vendors, ours *request) {
	t.Helper()
	require.Equal(t, vendors.Method, ours.Method)
	w.comparePath(t, vendors, ours)
	w.compareQuery(t, vendors, ours)
	w.compareHeaders(t, vendors, ours)
	w.compareMetaInfo(t, vendors, ours)
	w.compareBody(t, vendors, ours)
	w.compareSignature(t, vendors, ours)
}

func (w *witness) comparePath(t *testing.T, vendors, ours *request) {
	t.Helper()
	if vendors.path() == ours.path() {
		return
	}
	a, err := url.PathUnescape(vendors.path())
	require.NoError(t, err)
	b, err := url.PathUnescape(ours.path())
	require.NoError(t, err)
	require.Equal(t, a, b)
	w.differs(t, "escapes in a path", "%s, %s", vendors.path(), ours.path())
}

func (w *witness) compareQuery(t *testing.T, vendors, ours *request) {
	t.Helper()
	a, err := url.ParseQuery(vendors.rawQuery())
	require.NoError(t, err)
	b, err := url.ParseQuery(ours.rawQuery())
	require.NoError(t, err)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("query (-vendor +ours):\n%s", diff)
	}
	theirs, own := strings.Split(vendors.rawQuery(), "&"), strings.Split(ours.rawQuery(), "&")
	if slices.Equal(theirs, own) {
		return
	}
	slices.SortStableFunc(theirs, func(a, b string) int {
		a, _, _ = strings.Cut(a, "=")
		b, _, _ = strings.Cut(b, "=")
		return strings.Compare(a, b)
	})
	if slices.Equal(theirs, own) {
		w.differs(t, "order of a query", "%s, %s", vendors.URI, ours.URI)
		return
	}
	w.differs(t, "escapes in a query", "%s, %s", vendors.URI, ours.URI)
}

// compareHeaders compares the headers that mean something, and the names of the rest.
func (w *witness) compareHeaders(t *testing.T, vendors, ours *request) {
	t.Helper()
	for _, r := range []*request{vendors, ours} {
		require.Regexp(t, dateForm, r.Header.Get("Date"))
		require.Regexp(t, authorizationForm, r.Header.Get("Authorization"))
		for name, values := range r.Header {
			require.Equal(t, 1, len(values), name)
		}
	}
	if diff := cmp.Diff(means(vendors.Header), means(ours.Header)); diff != "" {
		t.Errorf("headers (-vendor +ours):\n%s", diff)
	}
	if a, b := vendors.Header.Get("Content-Type"), ours.Header.Get("Content-Type"); a != b {
		require.Equal(t, "application/json", a)
		require.Empty(t, vendors.Body)
		require.Empty(t, ours.Body)
		w.differs(t, "Content-Type without a body", "%s %q, %q", ours.Method, a, b)
	}
	require.Empty(t, vendors.Header.Get("Content-Encoding"))
	require.Empty(t, ours.Header.Get("Content-Encoding"))
	if a, b := rest(vendors), rest(ours); !slices.Equal(a, b) {
		require.Subset(t, []string{"Connection", "Content-Length"}, a)
		require.Subset(t, []string{"Accept-Encoding", "Content-Length", "User-Agent"}, b)
		w.differs(t, "headers of the transport", "%v, %v", a, b)
	}
	if vendors.Chunked != ours.Chunked {
		require.True(t, vendors.Chunked)
		w.differs(t, "length of a body", "chunked %v, %v", vendors.Chunked, ours.Chunked)
	}
}

// metaInfo is compared member by member.
const metaInfo = gcs + "Servermetainfo"

// compared are the headers that have a comparison of their own, or only a form.
var compared = []string{metaInfo, "Date", "Authorization", "Content-Type", "Content-Encoding"}

// means returns the headers whose values have to be the same.
func means(h http.Header) map[string]string {
	out := map[string]string{}
	for name := range h {
		if strings.HasPrefix(name, "X-") && !slices.Contains(compared, name) {
			out[name] = h.Get(name)
		}
	}
	return out
}

// rest returns the names of the headers that belong to the transport.
func rest(r *request) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if !strings.HasPrefix(name, "X-") && !slices.Contains(compared, name) {
			out = append(out, name)
		}
	}
	return out
}

// compareMetaInfo compares what the clients say of themselves.
func (w *witness) compareMetaInfo(t *testing.T, vendors, ours *request) {
	t.Helper()
	a, _ := tree(t, []byte(unbase64(t, vendors.Header.Get(metaInfo)))).(map[string]any)
	b, _ := tree(t, []byte(unbase64(t, ours.Header.Get(metaInfo)))).(map[string]any)
	require.Equal(t, "NodejsServerSDK/v"+vendorVersion, a["sdkIdentifier"])
	require.Regexp(t, `^PayreconcileGoSDK/v\d+\.\d+\.\d+$`, b["sdkIdentifier"])
	for _, name := range []string{"sdkIdentifier", "sdkCreator", "platformIdentifier"} {
		require.NotEmpty(t, a[name])
		require.NotEmpty(t, b[name])
		if a[name] != b[name] {
			w.differs(t, "who is calling", "%s: %q, %q", name, a[name], b[name])
		}
		delete(a, name)
		delete(b, name)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("X-GCS-ServerMetaInfo (-vendor +ours):\n%s", diff)
	}
}

func (w *witness) compareBody(t *testing.T, vendors, ours *request) {
	t.Helper()
	a, b := vendors.Body, ours.Body
	switch {
	case len(a) == 0 && len(b) == 0:
	case len(a) == 0 && string(b) == "{}":
		require.Regexp(t, "/(capture|refund)$", ours.path())
		w.differs(t, "capture and refund without a request", "none, %s", b)
	default:
		if diff := cmp.Diff(byValue(tree(t, a)), byValue(tree(t, b))); diff != "" {
			t.Errorf("body (-vendor +ours):\n%s", diff)
		}
	}
}

// compareSignature checks both signatures against the requests as they came.
func (w *witness) compareSignature(t *testing.T, vendors, ours *request) {
	t.Helper()
	require.Equal(t, asSent, signed(ours))
	switch form := signed(vendors); {
	case form == asSent:
	case form == noContentType && vendors.Method == http.MethodGet:
		w.differs(t, "signed Content-Type of a GET", "%s", form)
	default:
		t.Errorf("the vendor's signature of %s %s: %s", vendors.Method, vendors.URI, form)
	}
}
