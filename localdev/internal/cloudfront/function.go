// Package cloudfront is the part of CloudFront that may be in front of an API: a CloudFront
// Function at viewer request, which rewrites a request for the origin or answers it. Caches,
// policies and all other behaviours are left out.
package cloudfront

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// maxCode is CloudFront's limit for a function, in bytes.
const maxCode = 10 * 1024

// patience is how long a function may run. CloudFront allows less than a millisecond of its own
// machines; this only ends those that would run for ever, on a machine with much else to do.
const patience = 10 * time.Second

//go:embed runtime.js
var runtimeCode string

// Function is a CloudFront Function. Each run begins anew, with no memory of those before.
type Function struct {
	environment, code *goja.Program
	now               func() time.Time
	log               func(text string) // of console.log

	Limit time.Duration // of a run; default 10 s
}

// Compile reads a function's code. An error tells the line.
func Compile(name, code string, now func() time.Time, log func(string)) (*Function, error) {
	if len(code) > maxCode {
		return nil, fmt.Errorf("%d bytes of code: CloudFront takes at most %d", len(code), maxCode)
	}
	environment, err := goja.Compile("runtime.js", runtimeCode, false)
	if err != nil {
		return nil, fmt.Errorf("compile the runtime: %w", err)
	}
	program, err := goja.Compile(name, code, true) // strict, as on CloudFront
	if err != nil {
		return nil, errors.New(err.Error()) // its own type prints the source
	}
	return &Function{environment: environment, code: program, now: now, log: log, Limit: patience}, nil
}

// event is what runtime.js makes the function's event of.
type event struct {
	Version  string         `json:"version"`
	Context  eventContext   `json:"context"`
	Viewer   map[string]any `json:"viewer"`
	Request  eventRequest   `json:"request"`
	RawQuery *string        `json:"rawQuery"` // nil where there is no question mark
}

type eventContext struct {
	Domain string `json:"distributionDomainName"`
	ID     string `json:"distributionId"`
	Type   string `json:"eventType"`
	Run    string `json:"requestId"`
}

// pair is a name and a value.
type pair [2]string

type eventRequest struct {
	Method  string `json:"method"`
	URI     string `json:"uri"`
	Query   []pair `json:"querystring"`
	Headers []pair `json:"headers"`
	Cookies []pair `json:"cookies"`
}

// answer is what a function returned: a response, with a status, or a request, with a URI.
type answer struct {
	Status  *int    `json:"statusCode"`
	Method  string  `json:"method"`
	URI     *string `json:"uri"`
	Query   string  `json:"query"`
	Headers []pair  `json:"headers"`
	Cookies []pair  `json:"cookies"`
	Body    *struct {
		Encoding string `json:"encoding"`
		Data     string `json:"data"`
	} `json:"body"`
}

// run calls the function's handler.
func (f *Function) run(e event) (a answer, err error) {
	defer func() {
		if r := recover(); r != nil { // the interpreter's own fault
			err = fmt.Errorf("%v", r)
		}
	}()
	text, err := json.Marshal(e)
	if err != nil {
		return answer{}, fmt.Errorf("encode the event: %w", err)
	}
	vm := goja.New()
	vm.SetMaxCallStackSize(1000)
	began := f.now()
	vm.SetTimeSource(func() time.Time { return began }) // it stands still, as on CloudFront
	timer := time.AfterFunc(f.Limit, func() { vm.Interrupt(fmt.Sprintf("it ran for more than %v", f.Limit)) })
	defer timer.Stop()
	out, err := f.call(vm, string(text))
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	switch {
	case errors.As(err, &overflow):
		return answer{}, errors.New("its calls are nested too deep")
	case errors.As(err, &interrupted):
		return answer{}, fmt.Errorf("%v", interrupted.Value())
	case err != nil:
		return answer{}, err
	}
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		return answer{}, fmt.Errorf("what the function returned is neither a request nor a response: %w", err)
	}
	return a, nil
}

// call runs the function in a fresh vm and returns its answer as JSON.
func (f *Function) call(vm *goja.Runtime, eventText string) (string, error) {
	surround, err := vm.RunProgram(f.environment)
	if err != nil {
		return "", err
	}
	around, err := invoke(surround, vm.ToValue(f.log))
	if err != nil {
		return "", err
	}
	if _, err := vm.RunProgram(f.code); err != nil {
		return "", err
	}
	handler, err := vm.RunString("handler") // which may be a const, and so not a property of globalThis
	if err != nil {
		return "", err
	}
	in, err := invoke(around.ToObject(vm).Get("enter"), vm.ToValue(eventText))
	if err != nil {
		return "", err
	}
	result, err := invoke(handler, in)
	if err != nil {
		return "", err
	}
	if promise, ok := result.Export().(*goja.Promise); ok {
		switch promise.State() {
		case goja.PromiseStateFulfilled:
			result = promise.Result()
		case goja.PromiseStateRejected:
			return "", fmt.Errorf("rejected: %s", promise.Result())
		default:
			return "", errors.New("its promise is never settled")
		}
	}
	out, err := invoke(around.ToObject(vm).Get("leave"), result)
	if err != nil {
		return "", err
	}
	return out.String(), nil
}

func invoke(function goja.Value, arguments ...goja.Value) (goja.Value, error) {
	call, ok := goja.AssertFunction(function)
	if !ok {
		return nil, errors.New("handler is no function")
	}
	return call(goja.Undefined(), arguments...)
}

// hidden are headers that functions neither see nor may add.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
func hidden(name string) bool {
	switch name {
	case "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer",
		"upgrade", "x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect", "x-amzn-auth",
		"x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile",
		"x-amzn-header-count", "x-amzn-header-order", "x-amzn-lambda-integration-tag", "x-amzn-requestid", "x-cache",
		"x-forwarded-proto", "x-real-ip":
		return true
	}
	return strings.HasPrefix(name, "x-amz-cf-") || strings.HasPrefix(name, "x-edge-")
}
