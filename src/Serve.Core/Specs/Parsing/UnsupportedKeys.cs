using System.Collections.Frozen;

namespace Serve.Specs.Parsing;

/// <summary>Keys of Ray Serve's schema that a document may bring along and that Serve refuses, each with what to do about it.</summary>
internal static class UnsupportedKeys
{
    private const string NotYet = "is not supported yet; remove it";

    private static readonly FrozenDictionary<(Type, string), string> Explanations = new Dictionary<(Type, string), string>
    {
        [(typeof(ServeConfig), "logging_config")] = NotYet,
        [(typeof(ServeConfig), "target_capacity")] = NotYet,
        [(typeof(HttpOptions), "root_path")] = NotYet,
        [(typeof(HttpOptions), "ssl_keyfile")] = NotYet,
        [(typeof(HttpOptions), "ssl_certfile")] = NotYet,
        [(typeof(GrpcOptions), "grpc_servicer_functions")] = "names Python functions; remove it: services are found in the program",
        [(typeof(GrpcOptions), "request_timeout_s")] = "is not supported yet; http_options.request_timeout_s covers gRPC too",
        [(typeof(ApplicationSpec), "logging_config")] = NotYet,
        [(typeof(ApplicationSpec), "autoscaling_policy")] = NotYet,
        [(typeof(ApplicationSpec), "external_scaler_enabled")] = NotYet,
        [(typeof(ApplicationSpec), "host")] = "belongs to http_options of the whole document",
        [(typeof(ApplicationSpec), "port")] = "belongs to http_options of the whole document",
        [(typeof(RuntimeEnv), "working_dir")] = NotYet,
        [(typeof(RuntimeEnv), "pip")] = "installs Python packages; a .NET program brings its own dependencies: remove it",
        [(typeof(RuntimeEnv), "py_modules")] = "names Python modules; a .NET program brings its own dependencies: remove it",
        [(typeof(DeploymentOptions), "autoscaling_config")] = NotYet,
        [(typeof(DeploymentOptions), "logging_config")] = NotYet,
        [(typeof(DeploymentOptions), "request_router_config")] = NotYet,
        [(typeof(DeploymentOptions), "gang_scheduling_config")] = NotYet,
        [(typeof(DeploymentOptions), "deployment_actors")] = NotYet,
        [(typeof(ResourceOptions), "runtime_env")] = "belongs to the application's runtime_env",
    }.ToFrozenDictionary();

    public static string? Explain(Type type, string key) =>
        Explanations.TryGetValue((type, key), out var explanation) ? $"the key '{key}' {explanation}." : null;

    /// <summary>All of them, for the reference page.</summary>
    public static IEnumerable<(Type Type, string Key, string Explanation)> All => Explanations.Select(pair => (pair.Key.Item1, pair.Key.Item2, pair.Value));
}
