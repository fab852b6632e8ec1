package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

func TestWebhooksAreHeldAndReleased(t *testing.T) {
	t.Parallel()
	for order, want := range map[string]string{
		`,"order":"reverse"`: "captured capture_requested pending_capture created",
		`,"order":"given"`:   "created pending_capture capture_requested captured", "": "created pending_capture capture_requested captured",
	} {
		c, rc := hooked(t, sandbox.Config{})
		require.Equal(t, 200, c.control("POST", "webhooks", `{"action":"hold"}`).status)
		path := c.create(t, 5000, "PRE_AUTHORIZATION", "")
		c.post(t, path+"/capture", "")
		c.get(t, path)
		for _, d := range c.sb.WebhookDeliveries() {
			require.Equal(t, sandbox.WebhookHeld, d.State)
		}
		require.Empty(t, rc.got())
		require.Equal(t, 200, c.control("POST", "webhooks", `{"action":"release"`+order+`}`).status)
		eventually(t, func() bool { return len(rc.got()) == 4 })
		var got []string
		for _, r := range rc.got() {
			got = append(got, strings.TrimPrefix(r.value("type").(string), "payment."))
		}
		require.Equal(t, want, strings.Join(got, " "), order)
	}
}

func TestWebhookControl(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{})
	c.create(t, 5000, "SALE", "")
	c.told(t, rc, "payment.created 4100000001_0 0 5000", "payment.captured 4100000001_0 9 5000")
	a := c.control("GET", "webhooks", "")
	require.Equal(t, "payment.captured 4100000001_0 delivered "+hookURL+" 200", fmt.Sprint(
		a.text("deliveries.1.type"), " ", a.text("deliveries.1.object"), " ", a.text("deliveries.1.state"), " ",
		a.text("deliveries.1.url"), " ", a.at("deliveries.1.attempts.0.status")))
	id := a.text("deliveries.1.id")
	require.Equal(t, id, a.text("deliveries.1.body.id"))
	require.Equal(t, 200, c.control("POST", "webhooks", `{"action":"resend","id":"`+id+`"}`).status)
	c.told(
		t, rc, "payment.created 4100000001_0 0 5000", "payment.captured 4100000001_0 9 5000", "payment.captured 4100000001_0 9 5000",
	)
	require.Equal(t, string(rc.got()[1].body), string(rc.got()[2].body))
	require.Equal(t, "0", rc.got()[2].header.Get("retry-count"))
	for _, body := range []string{
		`{"action":"resend","id":"x"}`, `{"action":"resend"}`, `{"action":"drop"}`, `{"action":"release","order":"x"}`, `{}`, `{"a":1}`, ``,
	} {
		require.Equal(t, 400, c.control("POST", "webhooks", body).status, body)
	}
}

func TestWebhookDuplicatesAndDisorder(t *testing.T) {
	t.Parallel()
	overtaken := 0 // events that came after the next one, and not only after a minute
	run := func(t *testing.T, seed int64, change func(*sandbox.Behaviour)) []string {
		c, rc := hooked(t, sandbox.Config{Seed: seed}, change, after(10*time.Second))
		path := c.create(t, 5000, "PRE_AUTHORIZATION", "")
		c.post(t, path+"/capture", "")
		c.sb.Advance(10 * time.Second)
		c.quiet(t)
		for i, r := range rc.got() {
			if i > 0 && r.value("created").(string) < rc.got()[i-1].value("created").(string) {
				overtaken++
			}
		}
		c.sb.Advance(time.Minute)
		c.quiet(t)
		var got []string
		for _, r := range rc.got() {
			got = append(got, fmt.Sprint(r.value("type"), " ", r.value("payment.id"), " ", r.value("id")))
		}
		return got
	}
	kinds := func(lines []string) (all []string) {
		for _, l := range lines {
			all = append(all, strings.Fields(strings.TrimPrefix(l, "payment."))[0])
		}
		return all
	}
	twice := run(t, 3, func(b *sandbox.Behaviour) { b.WebhookDuplicates = 1 })
	require.Equal(t, "created created pending_capture pending_capture capture_requested capture_requested captured captured",
		strings.Join(kinds(twice), " "))
	ids := make(map[string]bool)
	for _, l := range twice {
		ids[strings.Fields(l)[2]] = true
	}
	require.Len(t, ids, 8, "a duplicate has an id of its own")
	half := func(b *sandbox.Behaviour) { b.WebhookDuplicates, b.WebhookDisorder = 0.5, 0.5 }
	require.Equal(t, run(t, 3, half), run(t, 3, half), "the seed decides")

	orders := make(map[string]int)
	for seed := range int64(20) {
		all := kinds(run(t, seed, func(b *sandbox.Behaviour) { b.WebhookDisorder = 0.5 }))
		orders[strings.Join(all, " ")]++
		slices.Sort(all)
		require.Equal(t, "capture_requested captured created pending_capture", strings.Join(all, " "))
	}
	require.Greater(t, len(orders), 3, "%v", orders)
	require.Positive(t, overtaken)

	late := run(t, 3, func(b *sandbox.Behaviour) { b.WebhookDisorder = 1 })
	require.Equal(t, "created pending_capture capture_requested captured", strings.Join(kinds(late), " "),
		"when all of them wait, all of them come after a minute")
}

// Every address is called that is allowed, and no other one is.
func TestWebhookHosts(t *testing.T) {
	t.Parallel()
	for url, tt := range map[string]struct {
		hosts []string
		sent  bool
	}{
		"http://localhost/":               {nil, true},
		"http://LOCALHOST.:8080/x":        {nil, true},
		"https://shop.localhost/":         {nil, true},
		"http://127.9.8.7/":               {nil, true},
		"http://[::1]:80/":                {nil, true},
		"http://[::ffff:127.0.0.1]/":      {nil, true},
		"https://shop.example/hooks":      {nil, false},
		"https://hooks.shop.example/":     {[]string{"shop.example"}, false},
		"https://SHOP.example/hooks":      {[]string{"other", "Shop.Example."}, true},
		"https://anybody.example/":        {[]string{"*"}, true},
		"http://localhost.example/":       {nil, false},
		"http://notlocalhost/":            {nil, false},
		"http://127.0.0.1.example/":       {nil, false},
		"http://0.0.0.0/":                 {nil, false},
		"http://2130706433/":              {nil, false},
		"http://10.0.0.1/":                {nil, false},
		"http://localhost@10.0.0.1/":      {nil, false},
		"ftp://localhost/":                {nil, false},
		"localhost":                       {[]string{"*"}, false},
		"http://169.254.169.254/latest":   {nil, false},
		"http://[fe80::1%25localhost]:1/": {nil, false},
	} {
		c, rc := hooked(t, sandbox.Config{WebhookHosts: tt.hosts, Webhooks: []string{}})
		c.create(t, 5000, "SALE", `,"feedbacks":{"webhooksUrls":["`+url+`"]}`)
		c.quiet(t)
		log := c.sb.WebhookDeliveries()
		require.Len(t, log, 2, url)
		if tt.sent {
			require.Len(t, rc.got(), 2, url)
			require.Equal(t, sandbox.WebhookDelivered, log[0].State, url)
			continue
		}
		require.Empty(t, rc.got(), url)
		require.Equal(t, sandbox.WebhookNotSent, log[0].State, url)
		require.NotEmpty(t, log[0].Reason, url)
		require.Nil(t, log[0].Next, url)
	}
}

// A redirect is not followed: it is a failure like any other.
func TestWebhooksFollowNoRedirect(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			elsewhere.Add(1)
			return
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	t.Cleanup(server.Close)
	c := direct(sandboxtest.New(t, sandbox.Config{Webhooks: []string{server.URL}}))
	t.Cleanup(c.sb.Close)
	c.create(t, 5000, "SALE", "")
	c.quiet(t)
	require.Equal(t, 307, c.sb.WebhookDeliveries()[0].Attempts[0].Status)
	require.Zero(t, elsewhere.Load())
}

// One jump of the clock finds everything in the order in which it was due.
func TestWebhooksComeInTheOrderOfDueTimes(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{})
	c.sb.SeedPayments(4)
	for i, hours := range []int{3, 1, 4, 2} {
		b := c.sb.Behaviour()
		b.SettleAfter = time.Duration(hours) * time.Hour
		require.NoError(t, c.sb.SetBehaviour(b))
		c.post(t, fmt.Sprintf("/payments/300000000%d_0/capture", i+1), `{"amount":100}`)
	}
	c.sb.Advance(5 * time.Hour)
	c.quiet(t)
	var got []string
	for _, r := range rc.got()[4:] {
		got = append(got, r.value("payment.id").(string)[9:])
	}
	require.Equal(t, "2_1 4_1 1_1 3_1", strings.Join(got, " "))
}
