using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Specs.Parsing;
using Serve.Specs.Routing;

namespace Serve.Tests.Docs;

/// <summary>What holds where a document leaves a key out.</summary>
internal static class ConfigDefaults
{
    /// <summary>Options of a deployment may be unset; their default is what the resolved deployment has.</summary>
    public static object? Of(Type type, ConfigKey key) => type switch
    {
        _ when type == typeof(DeploymentOptions) && key.Property.Name == nameof(DeploymentOptions.RequestRouter) => (object?)new RequestRouterOptions(),
        _ when type == typeof(DeploymentOptions) => typeof(DeploymentSpec).GetProperty(key.Property.Name)!.GetValue(new DeploymentSpec { Name = "" }),
        _ when type == typeof(AutoscalingOptions) => typeof(AutoscalingSpec).GetProperty(key.Property.Name)?.GetValue(new AutoscalingSpec()) ?? (key.Property.Name == nameof(AutoscalingOptions.Policy) ? new PolicyOptions() : null),
        _ when type == typeof(ResourceOptions) => typeof(ResourceSpec).GetProperty(key.Property.Name)!.GetValue(ResourceSpec.Default),
        _ => key.Property.GetValue(Activator.CreateInstance(type)),
    };
}
