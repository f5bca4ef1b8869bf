using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Replica.Server;

/// <summary>What the client will be sent.</summary>
internal abstract partial class HopRequest : IHttpResponseFeature, IHttpResponseBodyFeature
{
    private readonly ResponseHeaders _responseHeaders = new();
    private readonly ResponseBody _response;
    private readonly ResponseStream _responseStream;
    private readonly Stack<(Func<object, Task> Callback, object State)> _onStarting = new();
    private readonly Stack<(Func<object, Task> Callback, object State)> _onCompleted = new();
    private int _status;
    private string? _reasonPhrase;
    private Stream? _replacedStream;
    private long? _declaredLength;

    int IHttpResponseFeature.StatusCode
    {
        get => _status;
        set
        {
            ThrowIfStarted(nameof(HttpResponse.StatusCode));
            _status = value;
        }
    }

    /// <summary>Does not travel: HTTP/2 has none, and for HTTP/1.1 the status says it.</summary>
    string? IHttpResponseFeature.ReasonPhrase
    {
        get => _reasonPhrase;
        set
        {
            ThrowIfStarted(nameof(IHttpResponseFeature.ReasonPhrase));
            _reasonPhrase = value;
        }
    }

    IHeaderDictionary IHttpResponseFeature.Headers
    {
        get => _responseHeaders;
        set
        {
            _responseHeaders.Clear();
            foreach (var (name, values) in value)
                _responseHeaders[name] = values;
        }
    }

    /// <summary>Who puts another stream here wants to see what is written; the framework does that with <see cref="IHttpResponseBodyFeature"/> nowadays.</summary>
    Stream IHttpResponseFeature.Body { get => _replacedStream ?? _responseStream; set => _replacedStream = value; }

    public bool HasStarted { get; private set; }

    Stream IHttpResponseBodyFeature.Stream => _responseStream;

    PipeWriter IHttpResponseBodyFeature.Writer => _response;

    public int StatusCode => _status;

    /// <summary>Whether the answer may have a body: not to HEAD, and not with a status that says that there is none (RFC 9110 §6.4.1).</summary>
    public bool IsBodyAllowed => !IsHead && _status is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified);

    /// <summary>The length that the user's code has announced, or null.</summary>
    public long? DeclaredLength => HasStarted ? _declaredLength : _responseHeaders.ContentLength;

    public bool HasTrailers => _http2 is { Count: > 0 };

    /// <summary>Whether the end of the body is perhaps not the end of the answer.</summary>
    public bool MayHaveTrailers => _http2 is { IsUsed: true } || (IsHttp2 && _responseHeaders.ContainsKey(HeaderNames.Trailer));

    void IHttpResponseBodyFeature.DisableBuffering()
    {
        // What is flushed leaves at once anyway.
    }

    Task IHttpResponseBodyFeature.StartAsync(CancellationToken cancellationToken)
    {
        var firing = FireStartingAsync();
        if (!firing.IsCompletedSuccessfully)
            return StartAfterAsync(firing);
        Start();
        return Task.CompletedTask;
    }

    Task IHttpResponseBodyFeature.SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) =>
        SendFileFallback.SendFileAsync(_responseStream, path, offset, count, cancellationToken);

    Task IHttpResponseBodyFeature.CompleteAsync() => _response.EndAsync().AsTask();

    void IHttpResponseFeature.OnStarting(Func<object, Task> callback, object state)
    {
        ThrowIfStarted(nameof(HttpResponse.OnStarting));
        _onStarting.Push((callback, state));
    }

    void IHttpResponseFeature.OnCompleted(Func<object, Task> callback, object state) => _onCompleted.Push((callback, state));

    /// <summary>Calls what waits for the answer's start, the last first.</summary>
    public ValueTask FireStartingAsync() => HasStarted || _onStarting.Count == 0 ? ValueTask.CompletedTask : FireAsync();

    /// <summary>From here on status and headers stay as they are. They leave with the first flush.</summary>
    /// <exception cref="InvalidOperationException">They make no answer.</exception>
    public void Start()
    {
        if (HasStarted)
            return;
        if (_failure is not null)
            throw new InvalidOperationException("The response can't be sent: the request has failed.", _failure);
        if (_status is < StatusCodes.Status100Continue or > 999 || (_status < StatusCodes.Status200OK && !(_isUpgraded && _status == StatusCodes.Status101SwitchingProtocols)))
            throw new InvalidOperationException($"The response has status {_status}, which is none of a final response: they go from 200 to 999.");
        _declaredLength = _responseHeaders.ContentLength;
        CheckLength();
        _responseHeaders.Close();
        HasStarted = true;
    }

    /// <summary>Sends the head and the beginning of the body.</summary>
    public void SendHead(HopStream stream, ReadOnlySpan<byte> inlineBody, bool isComplete)
    {
        using var writer = HeadWriter.Rent();
        new HttpResponseHead(_status).Write(writer);
        _responseHeaders.Write(writer, _isUpgraded);
        stream.SendHead(writer.WrittenSpan, inlineBody, isComplete);
    }

    public void SendTrailers(HopStream stream)
    {
        using var writer = HeadWriter.Rent();
        _http2!.Write(writer);
        _http2.Close();
        stream.SendTrailers(writer.WrittenSpan);
    }

    /// <summary>Calls what waits for the answer's end, the last first. That one fails does not concern the others.</summary>
    protected async ValueTask FireCompletedAsync()
    {
        while (_onCompleted.TryPop(out var entry))
        {
            try
            {
                await entry.Callback(entry.State);
            }
            catch (Exception exception)
            {
                _settings.Log.LogApplicationError(exception, RequestId);
            }
        }
    }

    protected ValueTask EndResponseAsync() => _response.EndAsync();

    /// <summary>Forgets the answer that the user's code has prepared.</summary>
    protected void Discard(int status)
    {
        _onStarting.Clear();
        _responseHeaders.Reset();
        _http2?.Clear();
        _response.Discard();
        _failure = null;
        _status = status;
        if (!IsHead)
            _responseHeaders.ContentLength = 0;
    }

    private async Task StartAfterAsync(ValueTask firing)
    {
        await firing;
        Start();
    }

    private async ValueTask FireAsync()
    {
        try
        {
            while (_onStarting.TryPop(out var entry))
                await entry.Callback(entry.State);
        }
        catch (Exception exception)
        {
            Fail(exception);
            throw;
        }
    }

    /// <summary>A length where there is no body: 0 says nothing and is left out, another one is a mistake (RFC 9110 §8.6).</summary>
    private void CheckLength()
    {
        if (_declaredLength is not { } length || IsHead)
            return;
        var isForbidden = _status is StatusCodes.Status204NoContent or < StatusCodes.Status200OK || (_isUpgrade && HttpMethods.IsConnect(_receivedMethod) && _status < 300);
        if (length != 0 && (isForbidden || _status == StatusCodes.Status205ResetContent))
            throw new InvalidOperationException($"A response with status {_status} can't have the Content-Length {length}.");
        if (!isForbidden)
            return;
        _responseHeaders.ContentLength = null;
        _declaredLength = null;
    }

    private void ThrowIfStarted(string what)
    {
        if (HasStarted)
            throw new InvalidOperationException($"{what} can't be set any more: the response has started.");
    }

    private void ClearResponse()
    {
        _responseHeaders.Reset();
        _onStarting.Clear();
        _onCompleted.Clear();
        _reasonPhrase = null;
        _declaredLength = null;
        _failure = null;
        HasStarted = false;
        _replacedStream = null;
    }
}
