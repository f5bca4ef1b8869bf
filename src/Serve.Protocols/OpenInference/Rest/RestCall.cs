using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Serve.OpenInference.Rest;

/// <summary>A request over REST with all that its handler needs.</summary>
/// <param name="Context">The request.</param>
/// <param name="Server">Who has the models.</param>
/// <param name="Options">How the protocol is spoken.</param>
internal readonly record struct RestCall(HttpContext Context, IInferenceServer Server, OpenInferenceOptions Options)
{
    /// <summary>The model in the path.</summary>
    public string Model => TextOf("model")!;

    /// <summary>The version in the path, or null.</summary>
    public string? Version => TextOf("version");

    /// <summary>The repository in the path, or null.</summary>
    public string? Repository => TextOf("repository");

    /// <summary>Cancelled when the client has gone or its time is up.</summary>
    public CancellationToken Aborted => Context.RequestAborted;

    private string? TextOf(string parameter) => Context.Request.RouteValues.TryGetValue(parameter, out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;
}
