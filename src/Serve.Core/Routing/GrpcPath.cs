namespace Serve.Routing;

/// <summary>The paths of gRPC methods: <c>/package.Service/Method</c> (grpc/grpc, doc/PROTOCOL-HTTP2.md, "Path").</summary>
internal static class GrpcPath
{
    /// <returns>The full name of the service; null where the path is not that of a method.</returns>
    public static string? ServiceOf(string path) => path.Split('/') is ["", var service, var method] && IsName(service.Split('.')) && IsName([method]) ? service : null;

    private static bool IsName(string[] parts) =>
        Array.TrueForAll(parts, static part => part.Length > 0 && !char.IsAsciiDigit(part[0]) && part.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'));
}
