package runtimeapi_test

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestFunctionsBehaveAsWithTheLibraryOfAWS(t *testing.T) {
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newAPI(t, script.next, script.post).play("ours", nil, nil)
			want := newAPI(t, script.next, script.post).play("theirs", nil, nil)
			compare(t, got, want)
			if len(want.Requests) < 1 || want.End != "exit status 1" {
				t.Errorf("the function of aws-lambda-go has not played: %+v", want)
			}
			for _, r := range got.Requests {
				if r.theirs {
					t.Error("events were left to aws-lambda-go")
				}
			}
		})
	}
}

func compare(t *testing.T, got, want outcome) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(request{})); diff != "" {
		t.Errorf("(-theirs +ours)\n%.3000s", diff)
	}
}

func TestAResponseTakesAConnectionThatIsThere(t *testing.T) {
	e := `{"do":"wait for an end"}`
	next := []answer{raw(begun + "Content-Length: " + strconv.Itoa(len(e)) + "\r\n\r\n" + e), one}
	got := newAPI(t, next, nil).play("ours", nil, nil)
	if len(got.Requests) != 5 || got.Requests[1].Body != "null" {
		t.Errorf("got %+v", got)
	}
}

// X-Ray is told of no failure that is longer than it takes, or that no head can hold, with which
// aws-lambda-go ends.
func TestWhatXRayCannotBeToldIsReportedAllTheSame(t *testing.T) {
	script := []answer{event(`{"do":"error","size":1100000}`), event(`{"do":"delete"}`), event(`{}`)}
	got := newAPI(t, script, nil).play("ours", nil, nil)
	if len(got.Requests) != 7 {
		t.Fatalf("got %+v", got)
	}
	for _, i := range []int{1, 3} {
		r := got.Requests[i]
		if r.Cause != "" || !strings.Contains(r.Body, "errorMessage") || !strings.HasSuffix(r.Path, "/error") {
			t.Errorf("got %+v", r)
		}
	}
}

func TestADeepPanicTellsTheSameFrames(t *testing.T) {
	next := []answer{event(`{"do":"panic deep down"}`)}
	got, want := newAPI(t, next, nil).play("ours", nil, nil), newAPI(t, next, nil).play("theirs", nil, nil)
	compare(t, got, want)
	if n := strings.Count(got.Requests[1].Body, `"deep"`); n != 29 { // of 32, three tell of the panic itself
		t.Errorf("got %d frames of the handler: %s", n, got.Requests[1].Body)
	}
}

func TestAnUnreachableAPIEndsTheProcess(t *testing.T) {
	a, b := newAPI(t, nil, nil), newAPI(t, nil, nil)
	a.Close()
	b.Close()
	got := a.play("ours", nil, nil)
	compare(t, got, b.play("theirs", nil, nil))
	if !strings.Contains(got.Log, "connection refused") {
		t.Errorf("got %s", got.Log)
	}
}

func TestSIGTERMEndsTheProcess(t *testing.T) {
	var outcomes []outcome
	for _, loop := range []string{"ours", "theirs"} {
		a := newAPI(t, []answer{event(`{}`), {raw: "hang"}}, nil)
		outcomes = append(outcomes, a.play(loop, nil, func(p *os.Process) {
			<-a.hung
			if err := p.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		}))
	}
	compare(t, outcomes[0], outcomes[1])
	if !strings.Contains(outcomes[0].End, "terminated") {
		t.Errorf("got %s", outcomes[0].End)
	}
}

// What the name of a mode means may differ in more than what is known here.
func TestUnknownModesAreLeftToTheLibraryOfAWS(t *testing.T) {
	for env, theirs := range map[string]bool{
		"": false,
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand":                false,
		"AWS_LAMBDA_INITIALIZATION_TYPE=provisioned-concurrency":  false,
		"AWS_LAMBDA_INITIALIZATION_TYPE=snap-start":               true,
		"AWS_LAMBDA_INITIALIZATION_TYPE=lambda-managed-instances": true,
		"AWS_LAMBDA_MAX_CONCURRENCY=1":                            false,
		"AWS_LAMBDA_MAX_CONCURRENCY=2":                            true,
		"AWS_LAMBDA_MAX_CONCURRENCY=x":                            false,
	} {
		t.Run(env, func(t *testing.T) {
			t.Parallel()
			got := newAPI(t, []answer{event(`{"n":1}`)}, nil).play("ours", strings.Fields(env), nil)
			want := newAPI(t, []answer{event(`{"n":1}`)}, nil).play("theirs", strings.Fields(env), nil)
			if !theirs || !strings.Contains(env, "CONCURRENCY") { // those who ask at once may ask as often as they like
				compare(t, got, want)
			}
			if len(got.Requests) == 0 || got.Requests[0].theirs != theirs {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestTheFirstEventIsAskedForOnce(t *testing.T) {
	for _, mode := range []string{"on-demand", "snap-start"} { // of ours, and of aws-lambda-go
		next := []answer{event(`{"do":"asked"}`), event(`{"do":"asked"}`)}
		got := newAPI(t, next, nil).play("ours", []string{"AWS_LAMBDA_INITIALIZATION_TYPE=" + mode}, nil)
		if len(got.Requests) != 5 || got.Requests[1].Body != "1" || got.Requests[3].Body != "1" {
			t.Errorf("%s: got %+v", mode, got)
		}
	}
}

func TestWithoutAnAPITheProcessEnds(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1:1/x", ":%"} {
		env := []string{"AWS_LAMBDA_RUNTIME_API=" + address}
		got := newAPI(t, nil, nil).play("ours", env, nil)
		compare(t, got, newAPI(t, nil, nil).play("theirs", env, nil))
		if got.Log == "" || got.End != "exit status 1" {
			t.Errorf("%q: got %+v", address, got)
		}
	}
}

func TestLessThanACoreIsOneThread(t *testing.T) {
	all := runtime.NumCPU()
	for memory, want := range map[string]int{
		"": all, "128": 1, "1768": 1, "1769": all, "128 GOMAXPROCS=3": 3, "x": all, "-1": all,
	} {
		env := strings.Fields("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + memory)
		got := newAPI(t, []answer{event(`{}`)}, nil).play("ours", env, nil)
		if len(got.Requests) < 2 || !strings.Contains(got.Requests[1].Body, `"threads":`+strconv.Itoa(want)) {
			t.Errorf("%s: want %d, got %+v", memory, want, got.Requests)
		}
	}
}
