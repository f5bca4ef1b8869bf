using System.Net;
using Serve.Identity;
using Serve.Specs.Parsing;

namespace Serve.Specs;

/// <summary>Reads a whole configuration document: binds it, then checks what no single key can tell. Pure; finds all errors at once.</summary>
internal static class SpecValidator
{
    public static (ServeConfig Config, IReadOnlyList<SpecError> Errors) Read(ConfigNode document)
    {
        var (config, errors) = ConfigBinder.Bind<ServeConfig>(document);
        var all = new List<SpecError>(errors);
        if (errors.Count == 0)
        {
            if (config.HttpOptions.Host != HttpOptions.Localhost && !IPAddress.TryParse(config.HttpOptions.Host, out _))
                all.Add(new SpecError("http_options.host", $"'{config.HttpOptions.Host}' is neither an IP address nor localhost.", ConfigPath.Locate(document, "http_options.host")));
            CheckApplications(config, document, all);
        }

        return (config, SpecError.InReadingOrder(all));
    }

    private static void CheckApplications(ServeConfig config, ConfigNode document, List<SpecError> errors)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var prefixes = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < config.Applications.Count; i++)
        {
            var application = config.Applications[i];
            var path = $"applications[{i}]";
            if (WhatIsWrongWithName(application.Name) is { } wrongName)
                Report($"{path}.name", wrongName);
            else if (!names.TryAdd(application.Name, i))
                Report($"{path}.name", $"the name '{application.Name}' is taken by applications[{names[application.Name]}]; names must differ.");

            if (application.RoutePrefix is { } prefix)
            {
                if (WhatIsWrongWithPrefix(prefix) is { } wrongPrefix)
                    Report($"{path}.route_prefix", wrongPrefix);
                else if (!prefixes.TryAdd(prefix, i))
                    Report($"{path}.route_prefix", $"the prefix '{prefix}' is taken by applications[{prefixes[prefix]}]; prefixes must differ.");
            }

            if (application.ImportPath.Length == 0)
                Report($"{path}.import_path", "names no program; give a project, a .dll or an executable.");
            CheckDeployments(application, path);
        }

        void CheckDeployments(ApplicationSpec application, string path)
        {
            var deployments = new HashSet<string>(StringComparer.Ordinal);
            for (var j = 0; j < application.Deployments.Count; j++)
            {
                var options = application.Deployments[j];
                var place = $"{path}.deployments[{j}]";
                if (WhatIsWrongWithName(options.Name) is { } wrongName)
                    Report($"{place}.name", wrongName);
                else if (!deployments.Add(options.Name))
                    Report($"{place}.name", $"the deployment '{options.Name}' has options twice; keep one entry.");
                if (options.MaxQueuedRequests == 0)
                    Report($"{place}.max_queued_requests", "0 is not allowed; use at least 1, or −1 for no bound.");
                if (options.Resources?.Gpus is { } gpus and > 1 && gpus != Math.Floor(gpus))
                    Report($"{place}.ray_actor_options.num_gpus", $"{gpus} is neither a fraction of one GPU nor a whole number of GPUs.");
            }
        }

        void Report(string path, string message) => errors.Add(new SpecError(path, message, ConfigPath.Locate(document, path)));
    }

    private static string? WhatIsWrongWithName(string name) => name switch
    {
        "" => "the name is empty.",
        _ when name.Length > 200 => $"the name is {name.Length} characters long; the most is 200.",
        _ when name.Contains(DeploymentId.Separator) => $"the name '{name}' contains '{DeploymentId.Separator}', which separates application and deployment.",
        _ when name.Any(char.IsControl) => "the name contains a control character.",
        _ => null,
    };

    private static string? WhatIsWrongWithPrefix(string prefix) => prefix switch
    {
        _ when !prefix.StartsWith('/') => $"the prefix '{prefix}' must start with '/'.",
        "/" => null,
        _ when prefix.EndsWith('/') => $"the prefix '{prefix}' must not end with '/'; write '{prefix.TrimEnd('/')}'.",
        _ when prefix.Contains("//", StringComparison.Ordinal) => $"the prefix '{prefix}' has an empty segment.",
        _ when prefix.IndexOfAny(['{', '}', '?', '#', '%', '\\', ' ']) is >= 0 and var at => $"the prefix '{prefix}' must not contain '{prefix[at]}'.",
        _ when prefix == "/-" || prefix.StartsWith("/-/", StringComparison.Ordinal) => $"the prefix '{prefix}' is reserved for the proxy's own routes.",
        _ => null,
    };
}
