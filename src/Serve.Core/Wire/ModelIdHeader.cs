namespace Serve.Wire;

/// <summary>The names under which a client says which multiplexed model it wants. Case does not count, and <c>-</c> and <c>_</c> are the same.</summary>
internal static class ModelIdHeader
{
    /// <summary>The header of an HTTP request.</summary>
    public const string Http = "serve_multiplexed_model_id";

    /// <summary>The metadata of a gRPC call, which travels as a header too.</summary>
    public const string Grpc = "multiplexed_model_id";

    /// <summary>The longest id: ids are names, and every router keeps those of all replicas.</summary>
    public const int MaxIdLength = 256;

    /// <summary>Whether this is the header of an HTTP request, or, with gRPC, the metadata of a call.</summary>
    public static bool Is(string name, bool isGrpc) => Matches(name, Http) || (isGrpc && Matches(name, Grpc));

    private static bool Matches(string name, string expected)
    {
        if (name.Length != expected.Length)
            return false;
        for (var i = 0; i < name.Length; i++)
        {
            if (expected[i] == '_' ? name[i] is not ('_' or '-') : (name[i] | 0x20) != expected[i])
                return false;
        }

        return true;
    }
}
