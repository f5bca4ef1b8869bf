using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.AspNetCore.Http;
using Serve.Routing;

namespace Serve.Http;

/// <summary>
/// What gRPC clients may ask Serve itself: the service of Ray Serve (<c>ray.serve.RayServeAPIService</c>: <c>Healthz</c>, <c>ListApplications</c>)
/// and the usual one for load balancers (<c>grpc.health.v1.Health/Check</c>, grpc/grpc, doc/health-checking.md). The answers are small enough to be written as protobuf by hand.
/// </summary>
internal static class GrpcOwnEndpoints
{
    private const string Healthz = "/ray.serve.RayServeAPIService/Healthz";
    private const string ListApplications = "/ray.serve.RayServeAPIService/ListApplications";
    private const string Check = "/grpc.health.v1.Health/Check";

    /// <summary>Whether a request is for Serve itself. An application that has such a service, or is named by the metadata, gets its calls itself.</summary>
    public static bool Has(HttpRequest request, RouteTable table) =>
        request.Path.Value is (Healthz or ListApplications or Check) and var path
        && ErrorResponse.IsGrpc(request)
        && !request.Headers.ContainsKey(ApplicationFinder.ApplicationMetadata)
        && table.FindService(path.AsSpan(1, path.LastIndexOf('/') - 1)) is null;

    public static Task InvokeAsync(HttpContext context, RouteTable table)
    {
        var path = context.Request.Path.Value;
        if (path == Check)
            return WriteAsync(context, table.IsPopulated ? [0x08, 1] : [0x08, 2]);
        if (!table.IsPopulated)
            return ErrorResponse.WriteAsync(context, ServeError.Unavailable, "Route table is not populated yet.");
        return WriteAsync(context, Texts(path == Healthz ? ["success"] : table.Applications.Keys));
    }

    /// <summary>A message whose field 1 has these texts.</summary>
    private static ReadOnlySpan<byte> Texts(IEnumerable<string> texts)
    {
        var message = new ArrayBufferWriter<byte>();
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            message.Write((ReadOnlySpan<byte>)[0x0A]);
            // A number as protobuf writes it: seven bits a byte, the lowest first.
            for (var length = bytes.Length; ; length >>= 7)
            {
                message.Write((ReadOnlySpan<byte>)[(byte)(length < 0x80 ? length : length | 0x80)]);
                if (length < 0x80)
                    break;
            }

            message.Write(bytes);
        }

        return message.WrittenSpan;
    }

    private static Task WriteAsync(HttpContext context, ReadOnlySpan<byte> message)
    {
        const int PrefixLength = 5;
        var response = context.Response;
        response.ContentType = "application/grpc";
        var span = response.BodyWriter.GetSpan(PrefixLength + message.Length);
        span[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(span[1..], message.Length);
        message.CopyTo(span[PrefixLength..]);
        response.BodyWriter.Advance(PrefixLength + message.Length);
        response.AppendTrailer("grpc-status", "0");
        return response.CompleteAsync();
    }
}
