// Answers `helm template` for one values file after the other: starting Helm takes longer than rendering the chart.
// Each request is an object of JSON with the arguments and what stands on standard input. To it belongs all that
// is written to standard output and standard error up to a zero byte, the exit code and the end of the line.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/cli"
	"helm.sh/helm/v3/pkg/cli/values"
	"helm.sh/helm/v3/pkg/getter"
	"helm.sh/helm/v3/pkg/release"
)

type request struct {
	Args  []string
	Input string
}

func main() {
	// As Helm's own main function has it.
	log.SetFlags(log.Lshortfile)
	requests := json.NewDecoder(os.Stdin)
	for {
		var next request
		if err := requests.Decode(&next); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		code := answer(next)
		for _, stream := range []*os.File{os.Stdout, os.Stderr} {
			fmt.Fprintf(stream, "\x00%d\n", code)
		}
	}
}

// Helm reads and writes the standard streams of its process.
func answer(asked request) int {
	input, writer, err := os.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		defer writer.Close()
		io.WriteString(writer, asked.Input)
	}()
	defer input.Close()
	os.Stdin = input
	rendered, err := template(asked.Args)
	if err != nil {
		if rendered != nil {
			err = fmt.Errorf("%w\n\nUse --debug flag to render out invalid YAML", err)
		}
		fmt.Fprintln(os.Stderr, "Error:", err)
		return 1
	}
	print(rendered)
	return 0
}

// The command of Helm 3 is no package: this is what it does with the options that are used here.
func template(args []string) (*release.Release, error) {
	client := action.NewInstall(new(action.Configuration))
	client.ClientOnly, client.DryRun, client.DryRunOption, client.Replace = true, true, "true", true
	options := pflag.NewFlagSet("template", pflag.ContinueOnError)
	given := &values.Options{}
	options.StringSliceVar(&given.ValueFiles, "values", nil, "")
	options.StringSliceVar((*[]string)(&client.APIVersions), "api-versions", nil, "")
	options.StringVar(&client.Namespace, "namespace", "default", "")
	options.BoolVar(&client.IsUpgrade, "is-upgrade", false, "")
	options.BoolVar(&client.SkipSchemaValidation, "skip-schema-validation", false, "")
	version := options.String("kube-version", "", "")
	if err := options.Parse(args); err != nil {
		return nil, err
	}
	kubernetes, err := chartutil.ParseKubeVersion(*version)
	if err != nil {
		return nil, fmt.Errorf("invalid kube version '%s': %s", *version, err)
	}
	client.KubeVersion = kubernetes
	if options.NArg() != 3 || options.Arg(0) != "template" {
		return nil, errors.New("only `template NAME CHART` is answered")
	}
	client.ReleaseName = options.Arg(1)
	settings := cli.New()
	path, err := client.LocateChart(options.Arg(2), settings)
	if err != nil {
		return nil, err
	}
	merged, err := given.MergeValues(getter.All(settings))
	if err != nil {
		return nil, err
	}
	chart, err := loader.Load(path)
	if err != nil {
		return nil, err
	}
	if err := action.CheckDependencies(chart, chart.Metadata.Dependencies); err != nil {
		return nil, err
	}
	return client.Run(chart, merged)
}

func print(rendered *release.Release) {
	fmt.Println(strings.TrimSpace(rendered.Manifest))
	for _, hook := range rendered.Hooks {
		fmt.Printf("---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
}
