package emulator

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-rtc/parley/localdev/internal/apigw"
	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/managed"
	"github.com/parley-rtc/parley/localdev/internal/runner"
	"github.com/parley-rtc/parley/localdev/internal/template"
	"github.com/parley-rtc/parley/localdev/internal/watch"
)

// build adds the programs of the functions that are Go packages, after building them. One that does
// not build is broken, and nothing else.
func (e *Emulator) build(ctx context.Context, programs map[string]program) error {
	var mu sync.Mutex
	group, building := errgroup.WithContext(ctx)
	slow := time.AfterFunc(2*time.Second, func() {
		e.log.Info("building the functions, for the first time or after changes")
	})
	defer slow.Stop()
	for i, f := range e.stack.Functions {
		if e.opt.Exec[f.LogicalID] != "" || f.Package == "" {
			continue
		}
		group.Go(func() error {
			binary, err := e.builder.Build(building, f.Package)
			if building.Err() != nil {
				return building.Err()
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				e.stack.Functions[i].Broken = "it does not build: " + err.Error()
				e.log.Error("function does not build, and fails until it does", "function", f.LogicalID, "line", f.Line, "err", err)
				return nil
			}
			programs[f.LogicalID] = built(f, binary)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	e.bringSDK(ctx, programs)
	return nil
}

// built is the program of a Go package.
func built(f template.Function, binary string) program {
	if len(f.Beside)+len(f.BesideJSON) > 0 { // then the deployment's folder is laid out around the binary
		return program{binary: binary, dir: filepath.Dir(binary)}
	}
	return program{binary: binary, dir: f.Code}
}

// startFunctions makes a pool for each function that runs here. Its processes start with its first event.
func (e *Emulator) startFunctions(programs map[string]program, mounts []string) error {
	e.programs = programs
	e.pools = map[string]*lambda.Pool{}
	e.elsewhere = map[string]apigw.Function{}
	e.unbuilt = map[string]*unbuilt{}
	options := lambda.Options{
		Starter: e.starter, Keys: &e.keys, Meter: e.meter, Log: e.log, Output: e.opt.Output,
		MaxInstances: e.opt.MaxInstances, Weather: e.weather, Awake: e.opt.Awake,
		Advise: e.missed,
	}
	local := e.localEndpoints(mounts)
	for _, f := range e.stack.Functions {
		env := maps.Clone(f.Environment)
		if env == nil {
			env = map[string]string{}
		}
		maps.Copy(env, e.opt.Env)
		for name, value := range env {
			if strings.HasPrefix(name, "AWS_ENDPOINT_URL") {
				env[name] = local.Replace(value)
			}
		}
		env["AWS_ENDPOINT_URL_DYNAMODB"] = "http://" + e.Addr
		env["AWS_ENDPOINT_URL_LAMBDA"] = "http://" + e.Addr
		p, here := programs[f.LogicalID]
		managed.Layers(env, f.Runtime, p.dir, f.Layers)
		e.egress.Environ(env, e.Addr)
		if strings.HasPrefix(f.Runtime, "java") || filepath.Base(p.binary) == "java" {
			if err := e.egress.EnvironJava(env, e.Addr); err != nil {
				return err
			}
		}
		fn := lambda.Function{
			Name:        f.Name,
			ARN:         e.functionARN(f.Name),
			Folder:      f.Folder,
			Label:       e.label(f),
			Handler:     f.Handler,
			Runtime:     f.Runtime,
			Region:      e.stack.Region,
			MemoryMB:    f.MemoryMB,
			Timeout:     f.Timeout,
			Reserved:    f.Reserved,
			LogFormat:   f.Logging.Format,
			LogLevel:    f.Logging.Level,
			LogGroup:    f.Logging.Group,
			Environment: p.environment(env),
			Args:        p.args,
			Dir:         p.dir,
		}
		switch {
		case !here && f.Package != "" && e.opt.Lambda == "":
			e.unbuilt[f.LogicalID] = &unbuilt{
				missing: &runner.Missing{Line: f.Line, Why: f.Broken},
				start: func(binary string) *lambda.Pool {
					fn.Dir = built(f, binary).dir
					return lambda.New(fn, binary, options)
				},
			}
			continue
		case !here:
			e.elsewhere[f.LogicalID] = e.foreign(f, fn, options)
			continue
		}
		e.pools[f.LogicalID] = lambda.New(fn, p.binary, options)
	}
	e.tellReach(programs)
	return nil
}

// label is what the log and the console call a function: the name of its code's folder, or its
// logical ID where another function's folder has that name as well.
func (e *Emulator) label(f template.Function) string {
	same := func(other template.Function) bool { return other.Folder == f.Folder && other.LogicalID != f.LogicalID }
	if slices.ContainsFunc(e.stack.Functions, same) {
		return f.LogicalID
	}
	return f.Folder
}

// localEndpoints replaces the addresses of the APIs on AWS by those here. That is for variables
// which SDKs read by themselves, so that they need no TLS; all others have the values that AWS
// gives, since functions make other addresses of them.
func (e *Emulator) localEndpoints(mounts []string) *strings.Replacer {
	var pairs []string
	for i, api := range e.stack.APIs {
		pairs = append(pairs, "https://"+e.domain(api), "http://"+e.Addr+above(mounts[i], api))
	}
	return strings.NewReplacer(pairs...)
}

// watch rebuilds functions whose sources change, until ctx ends.
func (e *Emulator) watch(ctx context.Context) {
	users := map[string][]string{} // logical IDs by package
	for _, f := range e.stack.Functions {
		if f.Package != "" && e.opt.Exec[f.LogicalID] == "" {
			users[f.Package] = append(users[f.Package], f.LogicalID)
		}
	}
	e.watchCode(ctx)
	if len(users) == 0 {
		return
	}
	packages := make([]string, 0, len(users))
	for p := range users {
		packages = append(packages, p)
	}
	e.tasks.Go(func() {
		err := watch.Watch(ctx, e.builder, packages, func(pkg, binary string, err error) {
			if err != nil {
				e.log.Error("function does not build, its last build stays if there is one", "package", pkg, "err", err)
				return
			}
			for _, id := range users[pkg] {
				switch u, pool := e.unbuilt[id], e.pools[id]; {
				case u != nil:
					u.Swap(binary)
				case pool != nil:
					pool.Swap(binary)
				default:
					continue // it runs elsewhere
				}
				e.log.Info("function rebuilt", "function", id)
			}
		})
		if err != nil && ctx.Err() == nil {
			e.log.Error("cannot watch the sources: changes need a restart", "err", err)
		}
	})
}

// watchCode has functions that an interpreter runs begin anew when their code changes, until ctx
// ends.
func (e *Emulator) watchCode(ctx context.Context) {
	users := map[string][]string{} // logical IDs by folder
	for _, f := range e.stack.Functions {
		if p := e.programs[f.LogicalID]; p.managed && p.dir == f.Code {
			users[f.Code] = append(users[f.Code], f.LogicalID)
		}
	}
	if len(users) == 0 {
		return
	}
	e.tasks.Go(func() {
		err := watch.Folders(ctx, slices.Sorted(maps.Keys(users)), func(folder string) {
			for _, id := range users[folder] {
				e.pools[id].Swap(e.programs[id].binary)
				e.log.Info("function changed, its next event gets a new process", "function", id)
			}
		})
		if err != nil && ctx.Err() == nil {
			e.log.Error("cannot watch the code: changes need a restart", "err", err)
		}
	})
}
