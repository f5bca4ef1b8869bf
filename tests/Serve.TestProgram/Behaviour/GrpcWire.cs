namespace Serve.TestProgram.Behaviour;

/// <summary>The server's side of gRPC by hand, as a service written with any library answers: messages in frames, the status in trailers.</summary>
public static class GrpcWire
{
    /// <summary>Answers a call of one message with one message; nothing of an answer is sent before.</summary>
    public static Task AnswerAsync(HttpContext http, Func<string, GrpcCall, Task<string>> method) => RunAsync(http, async call =>
    {
        var message = "";
        await foreach (var one in call.ReadAsync())
            message = one;
        await call.WriteAsync(await method(message, call));
    });

    public static Task AnswerAsync(HttpContext http, Func<string, GrpcCall, string> method) => AnswerAsync(http, (message, call) => Task.FromResult(method(message, call)));

    /// <summary>Answers a call with a stream, or of a stream: it begins at once.</summary>
    public static async Task StreamAsync(HttpContext http, Func<GrpcCall, Task> method)
    {
        http.Response.ContentType = "application/grpc";
        await http.Response.Body.FlushAsync(http.RequestAborted);
        await RunAsync(http, method);
    }

    /// <summary>Runs a call: what it throws becomes its status, unless it set one before.</summary>
    private static async Task RunAsync(HttpContext http, Func<GrpcCall, Task> method)
    {
        var call = new GrpcCall(http);
        if (!http.Response.HasStarted)
            http.Response.ContentType = "application/grpc";
        try
        {
            await method(call);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && call.Status == 0)
        {
            (call.Status, call.Detail) = exception is ServeException failure ? (StatusOf(failure.Error), failure.Message) : (13, "the service threw");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The status is set; that stands.
        }

        http.Response.AppendTrailer("grpc-status", call.Status.ToString());
        if (call.Detail.Length > 0)
            http.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(call.Detail));
    }

    private static int StatusOf(ServeError error) => error switch
    {
        ServeError.BackPressure => 8,
        ServeError.Unavailable => 14,
        ServeError.Timeout => 4,
        _ => 13,
    };
}

/// <summary>One call, as the service sees it.</summary>
public sealed class GrpcCall(HttpContext http)
{
    public int Status { get; set; }

    public string Detail { get; set; } = "";

    public CancellationToken CancellationToken => http.RequestAborted;

    public string? Metadata(string name) => http.Request.Headers[name];

    public string Protocol => http.Request.Protocol;

    public IAsyncEnumerable<string> ReadAsync() => GrpcFrames.ReadAsync(http.Request.Body, http.RequestAborted);

    public async Task WriteAsync(string message)
    {
        await http.Response.Body.WriteAsync(GrpcFrames.Frame(message), http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }
}
