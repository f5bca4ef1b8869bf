namespace Serve.TestProgram.Behaviour;

/// <summary>A gRPC service, <c>test.Probe</c>: every kind of call, and every end of one.</summary>
internal static class GrpcProbes
{
    private const string Service = "/test.Probe/";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        Map(endpoints, "Echo", http => GrpcWire.AnswerAsync(http, static (message, call) => Task.FromResult($"{message} over {call.Protocol}")));
        Map(endpoints, "Metadata", http => GrpcWire.AnswerAsync(http, static (name, call) => Task.FromResult(call.Metadata(name) ?? "none")));
        Map(endpoints, "Model", http => GrpcWire.AnswerAsync(http, static (_, _) => Task.FromResult(ServeRequest.ModelId ?? "none")));
        Map(endpoints, "Throw", http => GrpcWire.AnswerAsync(http, static (_, _) => throw new InvalidOperationException("a secret of the program")));
        Map(endpoints, "ThrowBeforeAnswer", static _ => throw new InvalidOperationException("a secret of the program"));
        Map(endpoints, "Refuse", http => GrpcWire.AnswerAsync(http, static (message, call) =>
        {
            (call.Status, call.Detail) = (9, message);
            throw new InvalidOperationException("after the status was set");
        }));
        Map(endpoints, "Hold", HoldAsync);
        Map(endpoints, "Sum", SumAsync);
        Map(endpoints, "Count", CountAsync);
        Map(endpoints, "Chat", ChatAsync);
        Map(endpoints, "Narrow", http => GrpcWire.AnswerAsync(
            http, async (key, call) => (await http.RequestServices.GetRequiredService<Door>().Narrow.HoldAsync(key, call.CancellationToken)).ToString()));
    }

    private static void Map(IEndpointRouteBuilder endpoints, string method, RequestDelegate handler) => endpoints.MapPost(Service + method, handler);

    private static Task HoldAsync(HttpContext http) => GrpcWire.AnswerAsync(http, async (key, call) =>
    {
        var journal = http.RequestServices.GetRequiredService<Journal>();
        await journal.RunAsync(key, "door", () => journal.WhenReleasedAsync(key, call.CancellationToken), call.CancellationToken);
        return key;
    });

    private static Task SumAsync(HttpContext http) => GrpcWire.StreamAsync(http, async call =>
    {
        var sum = 0L;
        await foreach (var message in call.ReadAsync())
            sum += long.Parse(message);
        await call.WriteAsync(sum.ToString());
    });

    private static Task CountAsync(HttpContext http) => GrpcWire.StreamAsync(http, async call =>
    {
        await foreach (var message in call.ReadAsync())
        {
            for (var i = 0; i < int.Parse(message); i++)
                await call.WriteAsync(i.ToString());
        }
    });

    /// <summary>Answers each message before the next one comes; tells in the journal how the stream ended.</summary>
    private static Task ChatAsync(HttpContext http) => GrpcWire.StreamAsync(http, async call =>
    {
        var journal = http.RequestServices.GetRequiredService<Journal>();
        var key = call.Metadata("x-key") ?? "";
        var end = "chat-lost";
        try
        {
            await foreach (var message in call.ReadAsync())
            {
                if (message == "throw")
                    throw new InvalidOperationException("in the middle of a stream");
                await call.WriteAsync($"re: {message}");
            }

            end = "chat-ended";
        }
        finally
        {
            if (key.Length > 0)
                journal.Write(key, end);
        }
    });
}
