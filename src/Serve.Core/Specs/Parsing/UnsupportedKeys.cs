using System.Collections.Frozen;
using Serve.Specs.Autoscaling;
using Serve.Specs.Logging;

namespace Serve.Specs.Parsing;

/// <summary>
/// Keys of Ray Serve's schema that a document may bring along and that Serve does not have. Those that ask for something it would not do are
/// refused, each with what to do about it; those that only matter to Python are left out of account, with a warning.
/// </summary>
internal static class UnsupportedKeys
{
    private const string ContainerImage = "asks for a container, which is not supported: a replica is a process of the node; run the whole server in a container, or give a program as import_path";

    private const string PythonPackages = "installs Python packages; a .NET program brings its own dependencies";

    private static readonly FrozenDictionary<(Type, string), string> Refused = new Dictionary<(Type, string), string>
    {
        [(typeof(HttpOptions), "ssl_ca_certs")] = "is not supported: clients can't be asked for certificates; remove it",
        [(typeof(HttpOptions), "location")] = "is called proxy_location now, and belongs to the whole document",
        [(typeof(HttpOptions), "middlewares")] = "names Python classes; put middleware into the program: app.Use…",
        [(typeof(ApplicationSpec), "host")] = "belongs to http_options of the whole document",
        [(typeof(ApplicationSpec), "port")] = "belongs to http_options of the whole document",
        [(typeof(RuntimeEnv), "container")] = ContainerImage,
        [(typeof(RuntimeEnv), "image_uri")] = ContainerImage,
        [(typeof(RuntimeEnv), "java_jars")] = "names Java archives; a .NET program brings its own dependencies: remove it",
        [(typeof(DeploymentOptions), "gang_scheduling_config")] = "is not supported: each replica starts, fails and moves by itself; remove it, or run what belongs together as one replica with several GPUs",
        [(typeof(DeploymentOptions), "deployment_actors")] = "names Python classes; make the helper a deployment of its own and call it through a DeploymentHandle",
        [(typeof(DeploymentOptions), "max_concurrent_queries")] = "is called max_ongoing_requests now",
        [(typeof(DeploymentOptions), "route_prefix")] = "belongs to the application",
        [(typeof(DeploymentOptions), "version")] = "is not needed: a deployment's version is made from what its replicas run; remove it",
        [(typeof(AutoscalingOptions), "target_num_ongoing_requests_per_replica")] = "is called target_ongoing_requests now",
        [(typeof(LoggingSpec), "logs_dir")] = "is not supported: each node keeps the logs of its replicas in its data folder (serve start --data-dir), and 'serve logs' reads them; remove it",
        [(typeof(ResourceOptions), "runtime_env")] = "belongs to the application's runtime_env",
        [(typeof(ResourceOptions), "object_store_memory")] = "reserves Ray's object store, which is not needed here; remove it",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<(Type, string), string> Ignored = new Dictionary<(Type, string), string>
    {
        [(typeof(GrpcOptions), "grpc_servicer_functions")] = "names Python functions; services are found in the program",
        [(typeof(HttpOptions), "num_cpus")] = "reserves CPU for Ray's proxy; the proxy is part of the server here",
        [(typeof(RuntimeEnv), "pip")] = PythonPackages,
        [(typeof(RuntimeEnv), "uv")] = PythonPackages,
        [(typeof(RuntimeEnv), "conda")] = PythonPackages,
        [(typeof(RuntimeEnv), "py_modules")] = "names Python modules; a .NET program brings its own dependencies",
        [(typeof(RuntimeEnv), "py_executable")] = "names a Python interpreter, which a .NET program does not need",
        [(typeof(RuntimeEnv), "excludes")] = "names files that Ray would not upload; the folder is used where it lies",
        [(typeof(RuntimeEnv), "config")] = "tells how long Python packages may take to install; nothing is installed",
        [(typeof(AutoscalingOptions), "metrics_interval_s")] = "tells how often load is measured, which happens all the time",
        [(typeof(LoggingSpec), "additional_log_standard_attrs")] = "names attributes of Python's log records; a JSON entry has all that .NET's have",
    }.ToFrozenDictionary();

    public static string? Explain(Type type, string key) =>
        Refused.TryGetValue((type, key), out var explanation) ? $"the key '{key}' {explanation}." : null;

    public static string? WhyIgnored(Type type, string key) =>
        Ignored.TryGetValue((type, key), out var explanation) ? $"the key '{key}' is ignored: it {explanation}." : null;

    /// <summary>All that are refused, for the reference page.</summary>
    public static IEnumerable<(Type Type, string Key, string Explanation)> AllRefused => Refused.Select(pair => (pair.Key.Item1, pair.Key.Item2, pair.Value));

    /// <summary>All that are left out of account, for the reference page and for editors.</summary>
    public static IEnumerable<(Type Type, string Key, string Explanation)> AllIgnored => Ignored.Select(pair => (pair.Key.Item1, pair.Key.Item2, pair.Value));
}
