package sdk_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

func TestFullRedirectURL(t *testing.T) {
	t.Parallel()
	got, err := sdk.FullRedirectURL("preprod.payone.com/hostedcheckout/PaymentMethods/Selection/abc?x=1")
	require.NoError(t, err)
	require.Equal(t, "https://payment.preprod.payone.com/hostedcheckout/PaymentMethods/Selection/abc?x=1", got)
	for _, bad := range []string{
		"", " ", "/path", "@evil.example/", "me:pw@evil.example/", "\\evil.example", "evil.example\r\nSet-Cookie: a", "a b", "evil.example:8443/", "?x", "#", "://x",
	} {
		_, err := sdk.FullRedirectURL(bad)
		require.Error(t, err, bad)
	}
}

func TestReturnMAC(t *testing.T) {
	t.Parallel()
	const id, mac = "4105552001", "5f1b8c7e-8a0e-4a51-9d2b-0b7c1f2f6a33"
	good := url.Values{"hostedCheckoutId": {id}, "RETURNMAC": {mac}, "more": {"x"}}
	require.NoError(t, sdk.CheckReturn(good, id, mac))
	require.True(t, sdk.ReturnMACMatches(mac, mac))
	for name, query := range map[string]url.Values{
		"nothing":          nil,
		"another checkout": {"hostedCheckoutId": {id + "1"}, "RETURNMAC": {mac}},
		"another mac":      {"hostedCheckoutId": {id}, "RETURNMAC": {strings.ToUpper(mac)}},
		"half a mac":       {"hostedCheckoutId": {id}, "RETURNMAC": {mac[:10]}},
		"two macs":         {"hostedCheckoutId": {id}, "RETURNMAC": {mac, mac}},
		"another spelling": {"hostedCheckoutId": {id}, "returnmac": {mac}},
	} {
		err := sdk.CheckReturn(query, id, mac)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), mac, name)
	}
	require.Error(t, sdk.CheckReturn(url.Values{"hostedCheckoutId": {id}, "RETURNMAC": {""}}, id, ""), "what was never kept matches nothing")
}
