using System.Text.Json;
using System.Text.Json.Nodes;
using Serve.Server.Controller;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Server.Admin;

/// <summary>The options of a deployment as they are in effect, under the keys of the YAML: the document's over the code's over the defaults. Pure.</summary>
internal static class EffectiveOptions
{
    private const string Resources = "ray_actor_options";

    public static JsonObject Of(ApplicationState application, DeploymentState deployment)
    {
        var name = deployment.Id.Name;
        var code = application.Active?.Description.Deployments.FirstOrDefault(description => description.Name == name)?.Options;
        var document = application.Active?.Spec.Deployments.FirstOrDefault(options => options.Name == name);
        var result = new JsonObject();
        Lay(result, ConfigWriter.Write(Decided(deployment.Target.Spec)));
        Lay(result, code ?? []);
        Lay(result, document is null ? [] : ConfigWriter.Write(document));
        if (deployment.Target.Spec.Autoscaling is not null && result["num_replicas"]?.GetValueKind() == JsonValueKind.Number)
            result.Remove("num_replicas");
        return result;
    }

    /// <summary>The plain values of a spec, defaults too. What the spec holds in a form of its own is shown where somebody has set it.</summary>
    private static DeploymentOptions Decided(DeploymentSpec spec)
    {
        var options = new DeploymentOptions();
        foreach (var property in ConfigKey.Of(typeof(DeploymentOptions)).Select(key => key.Property))
        {
            if (typeof(DeploymentSpec).GetProperty(property.Name) is { } decided && Plain(decided.PropertyType) == Plain(property.PropertyType))
                property.SetValue(options, decided.GetValue(spec));
        }

        return spec.Autoscaling is { } bounds ? options with { Autoscaling = bounds.ToOptions() } : options with { NumReplicas = spec.NumReplicas };
    }

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    /// <summary>Each key of a layer replaces what is below it, but resources are laid over each other one by one.</summary>
    private static void Lay(JsonObject below, JsonObject layer)
    {
        foreach (var (key, value) in layer)
            below[key] = key == Resources && below[key] is JsonObject old && value is JsonObject more ? MergePatch.Apply(old, more) : value?.DeepClone();
    }
}
