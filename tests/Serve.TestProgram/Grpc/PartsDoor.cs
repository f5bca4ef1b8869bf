using Grpc.Core;
using Serve.Grpc;
using Serve.TestProgram.Behaviour;
using Serve.TestProgram.Grpc.Protos;

namespace Serve.TestProgram.Grpc;

/// <summary>An ingress that is a generated service.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 50)]
public sealed class PartsDoor(Journal journal) : Parts.PartsBase, IIngress
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<PartsDoor>();
        endpoints.MapGrpcHealthService();
        endpoints.MapGrpcReflectionService();
    }

    /// <summary>Sends the metadata <c>x-back</c> and <c>x-back-bin</c> back, as headers and as trailers.</summary>
    public override async Task<Part> Echo(Part request, ServerCallContext context)
    {
        var back = new Metadata();
        foreach (var entry in context.RequestHeaders.Where(static entry => entry.Key.StartsWith("x-back", StringComparison.Ordinal)))
        {
            back.Add(entry);
            context.ResponseTrailers.Add(entry);
        }

        if (back.Count > 0)
            await context.WriteResponseHeadersAsync(back);
        return request;
    }

    public override async Task<Number> Sum(IAsyncStreamReader<Number> requestStream, ServerCallContext context)
    {
        var sum = new Number();
        await foreach (var number in requestStream.ReadAllAsync(context.CancellationToken))
            sum.Value += number.Value;
        return sum;
    }

    public override async Task Count(Number request, IServerStreamWriter<Number> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Value; i++)
            await responseStream.WriteAsync(new Number { Value = i }, context.CancellationToken);
    }

    public override async Task Chat(IAsyncStreamReader<Part> requestStream, IServerStreamWriter<Part> responseStream, ServerCallContext context)
    {
        await foreach (var part in requestStream.ReadAllAsync(context.CancellationToken))
            await responseStream.WriteAsync(new Part { Text = $"re: {part.Text}" }, context.CancellationToken);
    }

    public override Task<Part> Fail(Number request, ServerCallContext context) => request.Value switch
    {
        -1 => throw new InvalidOperationException("a secret of the program"),
        -2 => throw new ServeException(ServeError.Unavailable, "not now"),
        _ => throw GrpcStatusDetails.ToException((StatusCode)request.Value, "größer als 100 %", request),
    };

    public override async Task<Part> Hold(Part request, ServerCallContext context)
    {
        await journal.RunAsync(request.Text, "parts", () => journal.WhenReleasedAsync(request.Text, context.CancellationToken), context.CancellationToken);
        return request;
    }
}
