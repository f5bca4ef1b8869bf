using System.Net;
using Serve.Identity;
using Serve.Specs.Autoscaling;
using Serve.Specs.Parsing;
using Serve.Specs.Placement;

namespace Serve.Specs;

/// <summary>Reads a whole configuration document: binds it, then checks what no single key can tell. Pure; finds all errors at once.</summary>
internal sealed class SpecValidator
{
    private readonly ConfigNode _document;
    private readonly HashSet<string> _unbound;
    private readonly List<SpecError> _errors;

    private SpecValidator(ConfigNode document, IReadOnlyList<SpecError> errors)
    {
        _document = document;
        _unbound = errors.Select(error => error.Path).ToHashSet(StringComparer.Ordinal);
        _errors = [.. errors];
    }

    public static Reading<ServeConfig> Read(ConfigNode document)
    {
        var (config, errors, warnings) = ConfigBinder.Bind<ServeConfig>(document);
        var validator = new SpecValidator(document, errors);
        validator.Check(config);
        return new Reading<ServeConfig>(config, SpecError.InReadingOrder(validator._errors), SpecError.InReadingOrder(warnings));
    }

    private void Check(ServeConfig config)
    {
        var host = config.HttpOptions.Host;
        if (host != HttpOptions.Localhost && !IPAddress.TryParse(host, out _))
            Report("http_options.host", $"'{host}' is neither an IP address nor localhost.");
        foreach (var (key, message) in config.Telemetry?.WhatIsWrong() ?? [])
            Report($"telemetry_config.{key}", message);
        foreach (var (key, message) in config.HttpOptions.WhatIsWrong())
            Report($"http_options.{key}", message);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var prefixes = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < config.Applications.Count; i++)
            CheckApplication(config.Applications[i], $"applications[{i}]", names, prefixes);
    }

    private void CheckApplication(ApplicationSpec application, string path, Dictionary<string, string> names, Dictionary<string, string> prefixes)
    {
        if (WhatIsWrongWithName(application.Name) is { } wrongName)
            Report($"{path}.name", wrongName);
        else if (IsBound($"{path}.name") && !names.TryAdd(application.Name, path))
            Report($"{path}.name", $"the name '{application.Name}' is taken by {names[application.Name]}; names must differ.");

        if (application.RoutePrefix is { } prefix)
        {
            if (WhatIsWrongWithPrefix(prefix) is { } wrongPrefix)
                Report($"{path}.route_prefix", wrongPrefix);
            else if (IsBound($"{path}.route_prefix") && !prefixes.TryAdd(prefix, path))
                Report($"{path}.route_prefix", $"the prefix '{prefix}' is taken by {prefixes[prefix]}; prefixes must differ.");
        }

        if (application.ImportPath.Length == 0)
            Report($"{path}.import_path", "names no program; give a project, a .dll or an executable.");
        foreach (var (key, message) in application.RuntimeEnv.WhatIsWrong())
            Report($"{path}.runtime_env.{key}", message);
        foreach (var (key, message) in application.RateLimit?.WhatIsWrong() ?? [])
            Report($"{path}.rate_limit.{key}", message);
        CheckPolicy(application, path);
        var deployments = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < application.Deployments.Count; i++)
            CheckDeployment(application.Deployments[i], $"{path}.deployments[{i}]", deployments);
        if (application.IsExternallyScaled && application.Deployments.Where(DeploymentRules.ScalesItself).Select(options => options.Name).ToList() is { Count: > 0 } scaled)
            Report($"{path}.external_scaler_enabled", DeploymentRules.TwoScalers(scaled));
    }

    private void CheckPolicy(ApplicationSpec application, string path)
    {
        if (application.Policy is not { } policy)
            return;
        foreach (var (key, message) in policy.WhatIsWrong(nameof(IApplicationAutoscalingPolicy)))
            Report($"{path}.autoscaling_policy.{key}", message);
        if (policy.Function == PolicyOptions.Default)
            Report($"{path}.autoscaling_policy.policy_function", "Serve's own policy decides for each deployment by itself; remove the key, or name a class of the program that implements IApplicationAutoscalingPolicy.");
        else if (application.Deployments.Where(static options => PolicySpec.From(options.Autoscaling?.Policy) is not null).Select(static options => options.Name).ToList() is { Count: > 0 } own)
            Report($"{path}.autoscaling_policy", PolicyRules.TwoPolicies(policy.Function, own));
    }

    private void CheckDeployment(DeploymentOptions options, string path, HashSet<string> names)
    {
        if (WhatIsWrongWithName(options.Name) is { } wrongName)
            Report($"{path}.name", wrongName);
        else if (!names.Add(options.Name))
            Report($"{path}.name", $"the deployment '{options.Name}' has options twice; keep one entry.");
        foreach (var (key, message) in DeploymentRules.Check(options).Concat(PlacementRules.Check(options)))
            Report($"{path}.{key}", message);
    }

    private void Report(string path, string message)
    {
        if (IsBound(path))
            _errors.Add(new SpecError(path, message, ConfigPath.Locate(_document, path)));
    }

    /// <summary>Whether the value at a path is the document's, and not a default in the place of a part that is wrong already.</summary>
    private bool IsBound(string path)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOf('.', end - 1))
        {
            if (_unbound.Contains(path[..end]))
                return false;
        }

        return true;
    }

    private static string? WhatIsWrongWithName(string name) => name switch
    {
        "" => "the name is empty.",
        _ when name.Length > 200 => $"the name is {name.Length} characters long; the most is 200.",
        _ when name.Contains(DeploymentId.Separator) => $"the name '{name}' contains '{DeploymentId.Separator}', which separates application and deployment.",
        _ when name.Any(char.IsControl) => "the name contains a control character.",
        _ => null,
    };

    public static string? WhatIsWrongWithPrefix(string prefix) => prefix switch
    {
        _ when !prefix.StartsWith('/') => $"the prefix '{prefix}' must start with '/'.",
        "/" => null,
        _ when prefix.Contains("//", StringComparison.Ordinal) => $"the prefix '{prefix}' has an empty segment.",
        _ when prefix.EndsWith('/') => $"the prefix '{prefix}' must not end with '/'; write '{prefix.TrimEnd('/')}'.",
        _ when prefix.Split('/').Any(segment => segment is "." or "..") => $"the prefix '{prefix}' has a segment '.' or '..', which no request's path has.",
        _ when prefix.Any(char.IsControl) => "the prefix contains a control character.",
        _ when prefix.IndexOfAny(['{', '}', '?', '#', '%', '\\', ' ']) is >= 0 and var at => $"the prefix '{prefix}' must not contain '{prefix[at]}'.",
        _ when prefix == "/-" || prefix.StartsWith("/-/", StringComparison.Ordinal) => $"the prefix '{prefix}' is reserved for the proxy's own routes.",
        _ => null,
    };
}
