using Grpc.Core;
using Serve.Grpc;
using Serve.Protocols.Tests.Grpc.Protos;

namespace Serve.Protocols.Tests.Grpc;

/// <summary>A service whose unary method the test gives.</summary>
internal sealed class ProbeService : Probe.ProbeBase
{
    public Func<Text, ServerCallContext, Task<Text>> OnEcho { get; set; } = static (request, _) => Task.FromResult(request);

    public Func<IAsyncStreamReader<Text>, IServerStreamWriter<Text>, ServerCallContext, Task> OnChat { get; set; } = static async (requests, responses, _) =>
    {
        await foreach (var request in requests.ReadAllAsync())
            await responses.WriteAsync(request);
    };

    public override Task<Text> Echo(Text request, ServerCallContext context) => OnEcho(request, context);

    public override async Task<Number> Sum(IAsyncStreamReader<Number> requestStream, ServerCallContext context)
    {
        var sum = new Number();
        await foreach (var number in requestStream.ReadAllAsync())
            sum.Value += number.Value;
        return sum;
    }

    public override async Task Count(Number request, IServerStreamWriter<Number> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Value; i++)
            await responseStream.WriteAsync(new Number { Value = i });
    }

    public override Task Chat(IAsyncStreamReader<Text> requestStream, IServerStreamWriter<Text> responseStream, ServerCallContext context) => OnChat(requestStream, responseStream, context);
}
