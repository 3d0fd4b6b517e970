// Whoever's custom resources the chart renders: the modules that hold their definitions.
module etcd-chart/crds

go 1.26.0

require (
	github.com/cert-manager/cert-manager v1.21.1
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/gateway-api v1.6.0
)
