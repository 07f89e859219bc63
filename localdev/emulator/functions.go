package emulator

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/parley-rtc/parley/localdev/internal/gobuild"
	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/watch"
)

// build builds the functions that are Go packages and returns the binary of every function, by logical ID.
func (e *Emulator) build(ctx context.Context) (map[string]string, error) {
	e.builder = gobuild.New(filepath.Join(filepath.Dir(e.stack.Path), ".localdev"))
	var mu sync.Mutex
	binaries := map[string]string{}
	group, ctx := errgroup.WithContext(ctx)
	for _, f := range e.stack.Functions {
		if f.Package == "" {
			binaries[f.LogicalID] = f.Binary
			continue
		}
		group.Go(func() error {
			binary, err := e.builder.Build(ctx, f.Package)
			if err != nil {
				return fmt.Errorf("function %s does not build: %w", f.LogicalID, err)
			}
			mu.Lock()
			defer mu.Unlock()
			binaries[f.LogicalID] = binary
			return nil
		})
	}
	return binaries, group.Wait()
}

// startFunctions makes a pool for each function. Its processes start with its first event.
func (e *Emulator) startFunctions(binaries map[string]string, mounts []string) {
	e.pools = map[string]*lambda.Pool{}
	options := lambda.Options{
		Starter: e.starter, Keys: &e.keys, Meter: e.meter, Log: e.log, Output: e.opt.Output,
		MaxInstances: e.opt.MaxInstances,
	}
	local := e.localEndpoints(mounts)
	for _, f := range e.stack.Functions {
		env := maps.Clone(f.Environment)
		if env == nil {
			env = map[string]string{}
		}
		maps.Copy(env, e.opt.Env)
		for name, value := range env {
			env[name] = local.Replace(value)
		}
		env["AWS_ENDPOINT_URL_DYNAMODB"] = "http://" + e.Addr
		e.pools[f.LogicalID] = lambda.New(lambda.Function{
			Name:        f.Name,
			ARN:         fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", e.stack.Region, e.stack.AccountID, f.Name),
			Folder:      f.Folder,
			Handler:     f.Handler,
			Region:      e.stack.Region,
			MemoryMB:    f.MemoryMB,
			Timeout:     f.Timeout,
			Environment: env,
		}, binaries[f.LogicalID], options)
	}
}

// localEndpoints replaces the addresses of the APIs on AWS by those here, so that the template's variables work as they are.
func (e *Emulator) localEndpoints(mounts []string) *strings.Replacer {
	var pairs []string
	for i, api := range e.stack.APIs {
		domain := fmt.Sprintf("%s.execute-api.%s.amazonaws.com", api.ID, e.stack.Region)
		here := e.Addr + strings.TrimSuffix(mounts[i], "/"+api.Stage)
		pairs = append(pairs, "https://"+domain, "http://"+here, "wss://"+domain, "ws://"+here)
	}
	return strings.NewReplacer(pairs...)
}

// watch rebuilds functions whose sources change, until ctx ends.
func (e *Emulator) watch(ctx context.Context) {
	users := map[string][]string{} // logical IDs by package
	for _, f := range e.stack.Functions {
		if f.Package != "" {
			users[f.Package] = append(users[f.Package], f.LogicalID)
		}
	}
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
				e.log.Error("function does not build, its last build stays", "package", pkg, "err", err)
				return
			}
			for _, id := range users[pkg] {
				e.pools[id].Swap(binary)
				e.log.Info("function rebuilt", "function", id)
			}
		})
		if err != nil && ctx.Err() == nil {
			e.log.Error("cannot watch the sources: changes need a restart", "err", err)
		}
	})
}
