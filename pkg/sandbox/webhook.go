package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

func webhookEndpoints() []endpoint {
	return []endpoint{
		{"validateWebhookCredentials", http.MethodPost, "/webhooks/validateCredentials", false, (*call).validateWebhooks},
		{"sendTestWebhook", http.MethodPost, "/webhooks/sendtest", false, (*call).sendTestWebhook},
	}
}

// webhookCredentials are what a merchant checks the configuration of webhooks
// against: the key, and the proof of the secret that travels in its place.
type webhookCredentials struct{ key, proof string }

func newWebhookCredentials(cfg Config) webhookCredentials {
	key, secret := cfg.WebhookKeyID, cfg.WebhookSecret
	if key == "" && secret == "" {
		key, secret = cfg.APIKeyID, cfg.APISecret
	}
	mac := hmac.New(sha256.New, []byte(secret))
	return webhookCredentials{key, base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

// validateWebhooks says whether a key and the proof of its secret are right.
func (c *call) validateWebhooks() int {
	var req struct {
		Key    string `json:"key"`
		Secret string `json:"secret"`
	}
	if fail := c.decode(&req); fail != nil {
		return c.fail(fail)
	}
	result := "Invalid"
	known := hmac.Equal([]byte(req.Key), []byte(c.s.webhooks.key))
	if hmac.Equal([]byte(req.Secret), []byte(c.s.webhooks.proof)) && known {
		result = "Valid"
	}
	return c.answer(http.StatusOK, map[string]string{"result": result})
}

// sendTestWebhook sends one event, payment.test, to an address, and does not
// repeat it.
func (c *call) sendTestWebhook() int {
	var req struct {
		URL string `json:"url"`
	}
	if fail := c.decode(&req); fail != nil {
		return c.fail(fail)
	}
	if req.URL == "" {
		return c.fail(missingValue("url"))
	}
	if checkWebhookURL(req.URL) != nil {
		return c.fail(invalidValue("url"))
	}
	c.s.hub.sendTest(req.URL, c.now)
	return http.StatusNoContent
}
