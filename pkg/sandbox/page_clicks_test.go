package sandbox_test

import (
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

const kuwaitiLink = `{"order":{"amountOfMoney":{"amount":123456789,"currencyCode":"KWD"},"references":{"merchantReference":"L-1"}},` +
	`"paymentLinkSpecificInput":{"recipientName":"Ada"}}`

// Of many who click at the same moment one pays.
func TestTwoClicksPayOnce(t *testing.T) {
	t.Parallel()
	c := start(t)
	checkout := c.checkout(t, `"returnUrl":"https://s.example"`, "").text("redirectUrl")
	link := c.post(t, "/paymentlinks", kuwaitiLink).text("redirectionUrl")
	redirect := c.post(t, "/payments", createBody(800, card(challengeNumber, "SALE"))).text("merchantAction.redirectData.redirectURL")
	for page, form := range map[string]url.Values{
		checkout: cardForm(goodNumber), link: cardForm(goodNumber), redirect: do("confirm"),
	} {
		var clicks sync.WaitGroup
		statuses := make(chan int, 8)
		for range cap(statuses) {
			clicks.Go(func() { statuses <- c.browse(page, form).status })
		}
		clicks.Wait()
		close(statuses)
		count := map[int]int{}
		for status := range statuses {
			count[status]++
		}
		require.Equal(t, 1, count[200]+count[303], "%s %v", page, count)
		require.Equal(t, 7, count[410], "%s %v", page, count)
	}
	n := 0
	for b := range c.sb.Ledger() {
		n++
		require.Equal(t, 1, b.Count(sandbox.Authorization))
		checkBook(t, b)
	}
	require.Equal(t, 3, n)
}
