using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Serve.Wire.Control;

/// <summary>What a program says of itself when it runs with <c>SERVE_MODE=describe</c>: one line of JSON on its standard output.</summary>
/// <param name="Contract">The version of the contract between program and node agent.</param>
/// <param name="Deployments">Its deployments.</param>
/// <param name="Problem">Why it can't work with its arguments, or null.</param>
/// <param name="Routers">The full names of its classes that implement <see cref="IRequestRouter"/>; null of programs that don't say.</param>
/// <param name="Policies">The same of <see cref="IAutoscalingPolicy"/>.</param>
/// <param name="ApplicationPolicies">The same of <see cref="IApplicationAutoscalingPolicy"/>.</param>
internal sealed record ProgramDescription(
    [property: JsonPropertyName("serve_program")] int Contract,
    IReadOnlyList<DeploymentDescription> Deployments,
    string? Problem = null,
    IReadOnlyList<string>? Routers = null,
    IReadOnlyList<string>? Policies = null,
    IReadOnlyList<string>? ApplicationPolicies = null)
{
    /// <summary>The version that this build speaks.</summary>
    public const int CurrentContract = 1;

    /// <summary>How the line of output starts; all other lines are the program's own.</summary>
    public const string LinePrefix = "{\"serve_program\":";
}

/// <param name="Name">The deployment's name.</param>
/// <param name="Type">The full name of its class.</param>
/// <param name="IsIngress">Whether it takes requests from outside.</param>
/// <param name="Options">The options that its code sets, under the keys of the YAML.</param>
/// <param name="Methods">The methods that handles may call.</param>
/// <param name="Handles">The deployments that it calls.</param>
/// <param name="Routes">The endpoints that it maps.</param>
internal sealed record DeploymentDescription(
    string Name,
    string Type,
    bool IsIngress,
    JsonObject Options,
    IReadOnlyList<string> Methods,
    IReadOnlyList<string> Handles,
    IReadOnlyList<RouteDescription> Routes);

/// <param name="Method">The HTTP method, or <c>*</c> for any.</param>
/// <param name="Path">The path below the application's route prefix.</param>
/// <param name="Curl">What curl needs beside the address to try it, or null.</param>
internal sealed record RouteDescription(string Method, string Path, string? Curl = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProgramDescription))]
internal sealed partial class ProgramDescriptionJson : JsonSerializerContext;
