namespace Serve.OpenInference;

/// <summary>The extensions of the protocol that clients are told of: those that are honoured, and no other. Their names are Triton's.</summary>
internal static class ProtocolExtensions
{
    private static readonly string[] OfTheEndpoints = ["binary_tensor_data", "classification", "model_configuration", "parameters", "statistics"];

    public static IReadOnlyList<string> Of(IInferenceServer server)
    {
        IEnumerable<string> own = server.Control is null ? OfTheEndpoints : [.. OfTheEndpoints, "model_repository"];
        return [.. own.Concat(server.Server.Extensions).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }
}
