package emulator

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/apigw"
	"github.com/parley-rtc/parley/localdev/internal/lambda"
)

const maxClientContext = 3583 // bytes, in base64

// retries are the pauses before an asynchronous event is tried again, on the emulated clock.
var retries = [...]time.Duration{time.Minute, 2 * time.Minute}

// invokeLater runs an asynchronous event, again if it fails.
func (e *Emulator) invokeLater(ctx context.Context, f apigw.Function, name string, event []byte) {
	for attempt := 0; ; attempt++ {
		_, err := f.Invoke(context.WithoutCancel(ctx), event)
		switch {
		case err == nil || e.background.Err() != nil:
			return
		case attempt == len(retries):
			e.log.Error("asynchronous event failed for good", "function", name, "err", err)
			return
		}
		e.log.Warn("asynchronous event failed, it is tried again", "function", name, "in", retries[attempt], "err", err)
		if !e.pause(retries[attempt]) {
			return
		}
	}
}

// pause lets emulated time pass; false if the emulator ends first.
func (e *Emulator) pause(d time.Duration) bool {
	until := e.clock.Now().Add(d)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for e.clock.Now().Before(until) {
		select {
		case <-tick.C:
		case <-e.background.Done():
			return false
		}
	}
	return true
}

// readCall reads what the caller of the Invoke API asks for. It answers a request that makes no sense.
func readCall(w http.ResponseWriter, r *http.Request) (*lambda.Call, bool) {
	call := &lambda.Call{Tail: r.Header.Get("X-Amz-Log-Type") == "Tail"}
	encoded := r.Header.Get("X-Amz-Client-Context")
	if encoded == "" {
		return call, true
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(encoded) > maxClientContext || !json.Valid(decoded) {
		lambdaError(w, http.StatusBadRequest, "InvalidRequestContentException", "Client context must be JSON in base64, of at most 3583 bytes")
		return nil, false
	}
	call.ClientContext = string(decoded)
	return call, true
}
