using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Grpc;

namespace Serve.OpenInference.Grpc;

/// <summary>
/// A stream of requests. Some of them run at once, and the answers leave in the order of the requests. One that fails is answered with its error, and the stream goes on, unless the client wants a status of gRPC
/// (<c>triton_grpc_error: true</c> in the metadata of its call): then the first error ends it.
/// </summary>
internal sealed class InferStream(Func<InferCall, CancellationToken, Task<InferAnswer>> infer, ServerCallContext context, int limit)
{
    /// <summary>How many requests of a stream are under way. If so many wait for the model or for the client to read, no more are read, and the client's writes wait.</summary>
    public const int MaxRunning = 32;

    /// <summary>Large requests stop the reading before there are so many.</summary>
    private readonly BytesInFlight _inputs = new(limit);

    private const string WantsStatus = "triton_grpc_error";

    private readonly Channel<Task<StreamAnswer>> _running =
        Channel.CreateBounded<Task<StreamAnswer>>(new BoundedChannelOptions(MaxRunning - 1) { SingleReader = true, SingleWriter = true });

    private readonly bool _usesStatus = string.Equals(context.RequestHeaders.GetValue(WantsStatus), "true", StringComparison.OrdinalIgnoreCase);

    public async Task RunAsync(IAsyncStreamReader<InferCall> requests, IServerStreamWriter<StreamAnswer> responses)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var answering = AnswerAsync(responses, stop);
        try
        {
            await ReadAsync(requests, stop.Token);
        }
        catch (Exception)
        {
            // What came before is still answered; where answering itself has failed, that is what the client is told.
            _running.Writer.Complete();
            await answering;
            throw;
        }

        _running.Writer.Complete();
        await answering;
    }

    private async Task ReadAsync(IAsyncStreamReader<InferCall> requests, CancellationToken stop)
    {
        while (await _running.Writer.WaitToWriteAsync(stop))
        {
            await _inputs.WaitForRoomAsync(stop);
            if (!await requests.MoveNext(stop))
                return;
            await _running.Writer.WriteAsync(RunAsync(requests.Current, stop), CancellationToken.None);
        }
    }

    private async Task AnswerAsync(IServerStreamWriter<StreamAnswer> responses, CancellationTokenSource stop)
    {
        try
        {
            await foreach (var running in _running.Reader.ReadAllAsync(CancellationToken.None))
                await responses.WriteAsync(await running);
        }
        catch
        {
            await stop.CancelAsync();
            await foreach (var running in _running.Reader.ReadAllAsync(CancellationToken.None))
                await DropAsync(running);
            throw;
        }
    }

    private async Task<StreamAnswer> RunAsync(InferCall call, CancellationToken stop)
    {
        using (_inputs.Take(call.Request))
        using (call)
        {
            var id = call.Request.Id;
            try
            {
                if (call.Failure is { } failure)
                    throw failure;
                var answer = await infer(call, stop);
                return new StreamAnswer(FinalResponse.IsWanted(call.Request) ? FinalResponse.Mark(answer) : answer, error: null, id);
            }
            catch (Exception e) when (!_usesStatus && !stop.IsCancellationRequested)
            {
                return new StreamAnswer(answer: null, Describe(e), id);
            }
        }
    }

    private string Describe(Exception exception)
    {
        if (exception is (not ServeException) or RemoteException)
            GrpcLog.LogFailed(context.GetHttpContext().RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger<InferStream>(), exception, context.Method);
        return CallFailure.StatusOf(exception, tellsDetails: false, context.CancellationToken).Detail;
    }

    private static async Task DropAsync(Task<StreamAnswer> running)
    {
        // The client is told of the first failure, and this one came after it.
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running.IsCompletedSuccessfully)
            (await running).Dispose();
    }
}
