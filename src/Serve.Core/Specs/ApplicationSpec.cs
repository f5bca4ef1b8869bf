using System.Text.Json.Nodes;
using Serve.Specs.Autoscaling;
using Serve.Specs.Logging;
using Serve.Specs.Parsing;
using Serve.Specs.Routing;

namespace Serve.Specs;

/// <summary>One application as its user declares it.</summary>
internal sealed record ApplicationSpec
{
    public const string DefaultName = "default";

    [Key("name", "The application's name, unique in the document.")]
    public string Name { get; init; } = DefaultName;

    [Key("route_prefix", "The path under which the ingress deployment is reached; null keeps it off HTTP.")]
    public string? RoutePrefix { get; init; } = "/";

    [Key("request_timeout_s", "How long a request to the application may take from its arrival to the last byte of its response; 0 is no limit, null is as in http_options and grpc_options. A request's header x-request-timeout-seconds goes before it, and so does the deadline of a gRPC call.", Minimum = 0)]
    public TimeSpan? RequestTimeout { get; init; }

    [Key("import_path", "The program: a project file or its folder (built once), a published .dll, an executable, or builtin:model-server, which serves ONNX models. Relative to the document's folder.", Required = true, Update = UpdateClass.Restart)]
    public string ImportPath { get; init; } = "";

    [Key("runtime_env", "The environment in which the program's processes run.", Update = UpdateClass.Restart)]
    public RuntimeEnv RuntimeEnv { get; init; } = new();

    [Key("args", "Free-form settings for the program: the section Serve:Args of its configuration.", Update = UpdateClass.Restart)]
    public JsonObject Args { get; init; } = [];

    [Key("deployments", "Overrides of the options that the program gives its deployments, by name.")]
    public IReadOnlyList<DeploymentOptions> Deployments { get; init; } = [];

    [Key("rate_limit", "How many requests each client may send; more are answered with 429 and Retry-After.", RayDefault = "no such key")]
    public RateLimitSpec? RateLimit { get; init; }

    [Key("logging_config", "How replicas log whose deployment does not say otherwise.", Update = UpdateClass.InPlace)]
    public LoggingSpec? Logging { get; init; }

    [Key("autoscaling_policy", "A policy of the program that decides for all deployments of the application together whose number is not fixed (autoscaling_config, num_replicas: auto).", Differs = "not beside a policy of one of its deployments, which Ray Serve would not ask")]
    public PolicyOptions? Policy { get; init; }

    [Key("external_scaler_enabled", "Lets a program outside decide how many replicas there are, by the scale endpoint of the admin API, which answers 412 without it. No deployment may have an autoscaling_config then.", Differs = "an operator scales without it too: 'serve scale', or ?manual=true")]
    public bool IsExternallyScaled { get; init; }
}

internal sealed record RuntimeEnv
{
    private const string FileScheme = "file://";

    [Key("working_dir", "The folder that the processes run in: a folder or a .zip on the server's file system, relative to the document's folder. A relative import_path is below it. A .zip is unpacked; new contents are a new version.", Update = UpdateClass.Restart, Differs = "URIs of stores (s3, gs, https) are refused: what runs is to lie on the server")]
    public string? WorkingDir { get; init; }

    /// <summary><see cref="WorkingDir"/> as a path.</summary>
    public string? WorkingPath => WorkingDir?.StartsWith(FileScheme, StringComparison.Ordinal) == true ? new Uri(WorkingDir).LocalPath : WorkingDir;

    /// <summary>What no single key can tell.</summary>
    public IEnumerable<(string Key, string Message)> WhatIsWrong()
    {
        if (WorkingDir is { } uri && uri.Contains("://", StringComparison.Ordinal) && !uri.StartsWith(FileScheme + "/", StringComparison.Ordinal))
            yield return ("working_dir", $"'{uri}' is not on the server's file system; fetch it there and give the folder or the .zip (a path, or file:///…).");
        else if (WorkingDir is "")
            yield return ("working_dir", "names no folder; leave the key out for the folder that the program lies in.");
    }

    [Key("env_vars", "Environment variables of the processes.", Update = UpdateClass.Restart)]
    public IReadOnlyDictionary<string, string> EnvVars { get; init; } = new Dictionary<string, string>();
}
