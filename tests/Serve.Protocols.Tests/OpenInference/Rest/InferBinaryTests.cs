using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Serve.OpenInference;
using Serve.Tensors;

namespace Serve.Protocols.Tests.OpenInference.Rest;

[Collection(nameof(RestCollection))]
public sealed class InferBinaryTests : IAsyncLifetime
{
    private const int MaxBytes = 1 << 20;

    private static readonly byte[] Six = [1, 2, 3, 4, 5, 6];

    private RestHost _host = null!;

    public async Task InitializeAsync() => _host = await RestHost.StartAsync(new OpenInferenceOptions { MaxRequestBytes = MaxBytes });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Infer_MixedInputsAndOutputs_ComeInTheFormsThatWereAskedFor()
    {
        var answer = await _host.InferBinaryAsync(
            """{"inputs":[{"name":"a","shape":[2],"datatype":"FP16","parameters":{"binary_data_size":4}},{"name":"b","shape":[1],"datatype":"INT8","data":[7]},{"name":"c","shape":[2],"datatype":"UINT8","parameters":{"binary_data_size":2}}],"parameters":{"binary_data_output":true},"outputs":[{"name":"c","parameters":{"binary_data":false}},{"name":"b"},{"name":"a"}]}""",
            Six);
        answer.Status.ShouldBe(HttpStatusCode.OK);
        answer.Head.ShouldBe("""{"model_name":"echo","model_version":"1","outputs":[{"name":"c","datatype":"UINT8","shape":[2],"data":[5,6]},{"name":"b","datatype":"INT8","shape":[1],"parameters":{"binary_data_size":1}},{"name":"a","datatype":"FP16","shape":[2],"parameters":{"binary_data_size":4}}]}""");
        answer.Blobs.ShouldBe([7, 1, 2, 3, 4]);
        answer.Message.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("99999999999999")]
    [InlineData("abc")]
    [InlineData("1000")]
    public async Task Infer_HeaderLengthOutOfRange_IsRefused(string length) =>
        (await _host.InferBinaryAsync("""{"inputs":[]}""", [], length)).ShouldFail(HttpStatusCode.BadRequest, "Inference-Header-Content-Length", length);

    [Theory]
    [InlineData(3, 6, "binary_data_size has 3 bytes", "has 4")]
    [InlineData(5, 6, "binary_data_size has 5 bytes", "has 4")]
    [InlineData(4, 3, "binary_data_size is 4", "only 3")]
    [InlineData(4, 6, "2 bytes behind")]
    [InlineData(-4, 6, "binary_data_size is -4")]
    public async Task Infer_WrongSize_IsRefused(int size, int sent, params string[] parts) =>
        (await _host.InferBinaryAsync($$$"""{"inputs":[{"name":"a","shape":[2],"datatype":"FP16","parameters":{"binary_data_size":{{{size}}}}}]}""", Six[..sent])).ShouldFail(HttpStatusCode.BadRequest, parts);

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0, 65, 9 }, "1 bytes left")]
    [InlineData(new byte[] { 9, 0, 0, 0, 65, 9 }, "0 whole elements")]
    public async Task Infer_WrongTexts_AreRefused(byte[] bytes, params string[] parts) =>
        (await _host.InferBinaryAsync($$$"""{"inputs":[{"name":"a","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":{{{bytes.Length}}}}}]}""", bytes)).ShouldFail(HttpStatusCode.BadRequest, ["inputs[0]", .. parts]);

    [Fact]
    public async Task Infer_LargeTensor_ComesBackWhole()
    {
        var bytes = new byte[MaxBytes - 1000];
        new Random(1).NextBytes(bytes);
        var answer = await _host.InferBinaryAsync($$$"""{"inputs":[{"name":"x","shape":[{{{bytes.Length}}}],"datatype":"UINT8","parameters":{"binary_data_size":{{{bytes.Length}}}}}],"parameters":{"binary_data_output":true}}""", bytes);
        answer.Blobs.ShouldBe(bytes);
        answer.Message.Content.Headers.ContentLength.ShouldBe(answer.Body.Length);
    }

    [Fact]
    public async Task Infer_SmallTensorBehindALargeOne_ComesToo()
    {
        var bytes = new byte[500_000];
        var answer = await _host.InferBinaryAsync(
            """{"inputs":[{"name":"a","shape":[500000],"datatype":"UINT8","parameters":{"binary_data_size":500000}},{"name":"b","shape":[1],"datatype":"UINT8","data":[7]}],"parameters":{"binary_data_output":true}}""", bytes);
        answer.Blobs.ShouldBe([.. bytes, 7]);
    }

    [Fact]
    public async Task Infer_RawBody_IsTheOneInput()
    {
        var floats = new byte[16];
        var answer = await _host.PostBytesAsync("/v2/models/one/infer", floats, "0");
        answer.Head.ShouldBe("""{"model_name":"one","model_version":"1","outputs":[{"name":"x","datatype":"FP32","shape":[2,2],"parameters":{"binary_data_size":16}}]}""");
        (await _host.PostBytesAsync("/v2/models/bytes/infer", [65, 66], "0")).Blobs.ShouldBe([2, 0, 0, 0, 65, 66]);
        (await _host.PostBytesAsync("/v2/models/one/infer", Gzip(floats), "0", "gzip")).Blobs.ShouldBe(floats);
        (await _host.PostBytesAsync("/v2/models/one/infer", new byte[15], "0")).ShouldFail(HttpStatusCode.BadRequest, "15 bytes", "'x'");
        (await _host.PostBytesAsync("/v2/models/one/infer", new byte[12], "0")).ShouldFail(HttpStatusCode.BadRequest, "3 elements", "'x'");
        (await _host.PostBytesAsync("/v2/models/two/infer", new byte[4], "0")).ShouldFail(HttpStatusCode.BadRequest, "'two' has 2");
    }

    [Fact]
    public async Task Infer_BodyOverTheWebServersBound_IsTakenUnlessSomebodySetIt()
    {
        var body = new byte[30_000_008];
        await using var usual = await RestHost.StartAsync();
        (await usual.PostBytesAsync("/v2/models/one/infer", body, "0")).Blobs.Length.ShouldBe(body.Length);
        await using var small = await RestHost.StartAsync(maxBody: 1000);
        (await small.PostBytesAsync("/v2/models/one/infer", body[..1000], "0")).Blobs.Length.ShouldBe(1000);
        (await small.PostBytesAsync("/v2/models/one/infer", body[..1008], "0")).ShouldFail(HttpStatusCode.RequestEntityTooLarge, "1000 bytes");
    }

    [Fact]
    public async Task Infer_CompressedBody_IsReadAsWhatItWas()
    {
        const string Json = """{"inputs":[{"name":"x","shape":[6],"datatype":"UINT8","parameters":{"binary_data_size":6}}]}""";
        byte[] body = [.. Encoding.UTF8.GetBytes(Json), .. Six];
        (await _host.PostBytesAsync("/v2/models/echo/infer", Gzip(body), $"{Json.Length}", "gzip")).Text.ShouldContain("[1,2,3,4,5,6]");
        (await _host.PostBytesAsync("/v2/models/echo/infer", Compress(body, target => new ZLibStream(target, CompressionMode.Compress)), $"{Json.Length}", "deflate")).Text.ShouldContain("[1,2,3,4,5,6]");
        (await _host.PostBytesAsync("/v2/models/echo/infer", Gzip(body), "2147483647", "gzip")).ShouldFail(HttpStatusCode.BadRequest, "2147483647", $"{MaxBytes}", "MaxRequestBytes");
        (await _host.PostBytesAsync("/v2/models/echo/infer", Gzip(body), $"{MaxBytes}", "gzip")).ShouldFail(HttpStatusCode.BadRequest, "fewer than the");
        (await _host.PostBytesAsync("/v2/models/echo/infer", Gzip(body[..^1]), $"{Json.Length}", "gzip")).ShouldFail(HttpStatusCode.BadRequest, "ends 1 bytes before", "inputs[0]");
        (await _host.PostBytesAsync("/v2/models/echo/infer", Gzip([.. body, 7]), $"{Json.Length}", "gzip")).ShouldFail(HttpStatusCode.BadRequest, "bytes left");
        (await _host.PostBytesAsync("/v2/models/echo/infer", body, $"{Json.Length}", "gzip")).ShouldFail(HttpStatusCode.BadRequest, "Content-Encoding");
        (await _host.PostBytesAsync("/v2/models/echo/infer", body, $"{Json.Length}", "br")).ShouldFail(HttpStatusCode.UnsupportedMediaType, "'br'", "gzip");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Infer_TooLarge_IsRefused(bool isChunked, bool isCompressed)
    {
        var body = new byte[MaxBytes + 1];
        HttpContent content = isCompressed ? new ByteArrayContent(Gzip(body)) : isChunked ? new PushContent(body) : new ByteArrayContent(body);
        if (isCompressed)
            content.Headers.ContentEncoding.Add("gzip");
        var message = await _host.Http.PostAsync("/v2/models/echo/infer", content);
        (await RestHost.Answer.ReadAsync(message)).ShouldFail(HttpStatusCode.RequestEntityTooLarge, $"{MaxBytes}");
    }

    [Theory]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("gzip;q=0.5, deflate", "deflate")]
    [InlineData("gzip;q=0, deflate;q=0", null)]
    [InlineData("identity", null)]
    [InlineData("*", "gzip")]
    public async Task Infer_LargeJsonAnswer_IsCompressedAsTheClientLikes(string accepted, string? expected)
    {
        var data = string.Join(",", Enumerable.Range(0, 30_000));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/echo/infer") { Content = new StringContent($$"""{"inputs":[{"name":"x","shape":[30000],"datatype":"INT32","data":[{{data}}]}]}""") };
        request.Headers.AcceptEncoding.ParseAdd(accepted);
        var answer = await RestHost.Answer.ReadAsync(await _host.Http.SendAsync(request));
        answer.Message.Content.Headers.ContentEncoding.SingleOrDefault().ShouldBe(expected);
        await using Stream stream = expected switch
        {
            "gzip" => new GZipStream(new MemoryStream(answer.Body), CompressionMode.Decompress),
            "deflate" => new ZLibStream(new MemoryStream(answer.Body), CompressionMode.Decompress),
            _ => new MemoryStream(answer.Body),
        };
        (await new StreamReader(stream).ReadToEndAsync()).ShouldEndWith($"[{data}]}}]}}");
    }

    [Fact]
    public async Task Infer_UploadThatBreaksOff_GivesMemoryBack()
    {
        var before = NativeMemoryPool.Shared.RentedBytes;
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(_host.Address.Host, _host.Address.Port);
            const string Json = """{"inputs":[{"name":"x","shape":[500000],"datatype":"UINT8","parameters":{"binary_data_size":500000}}]}""";
            await socket.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"POST /v2/models/echo/infer HTTP/1.1\r\nHost: x\r\nContent-Length: {Json.Length + 500000}\r\nInference-Header-Content-Length: {Json.Length}\r\n\r\n{Json}abc"));
            await Testing.Eventually.TrueAsync(() => NativeMemoryPool.Shared.RentedBytes > before);
        }

        await _host.MemoryIsBackAsync();
    }

    private static byte[] Gzip(byte[] bytes) => Compress(bytes, target => new GZipStream(target, CompressionMode.Compress));

    private static byte[] Compress(byte[] bytes, Func<Stream, Stream> open)
    {
        var target = new MemoryStream();
        using (var stream = open(target))
            stream.Write(bytes);
        return target.ToArray();
    }

    /// <summary>Has no length, so that it is sent in chunks.</summary>
    private sealed class PushContent(byte[] body) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(body).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
