module etcd-chart/flock

go 1.26
