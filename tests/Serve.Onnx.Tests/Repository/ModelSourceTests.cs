using System.Net;
using System.Security.Cryptography;
using Serve.Testing;

namespace Serve.Onnx.Tests.Repository;

public sealed class ModelSourceTests : IDisposable
{
    private static readonly byte[] Squares = File.ReadAllBytes(TestModels.PathOf("squares"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Task<ModelRepository> OpenAsync(string location, string? sha256 = null, long maxBytes = 1 << 20, params IModelSource[] sources) => ModelRepository.OpenAsync(new ModelRepositoryOptions
    {
        Location = location, Sha256 = sha256, MaxDownloadBytes = maxBytes, DownloadFolder = Path.Combine(_folder.Path, "downloads"), Sources = sources,
    });

    private async Task<string> FailAsync(string location, string? sha256 = null, long maxBytes = 1 << 20) =>
        (await Should.ThrowAsync<OnnxModelException>(OpenAsync(location, sha256, maxBytes))).Message;

    [Fact]
    public async Task Open_FileAddress_IsThatFile()
    {
        await using var repository = await OpenAsync(new Uri(TestModels.PathOf("squares")).AbsoluteUri);

        repository.Index().ShouldHaveSingleItem().State.ShouldBe(ModelState.Ready);
        (await FailAsync("file://elsewhere/models")).ShouldContain("names the machine 'elsewhere'");
    }

    [Fact]
    public async Task Open_WebAddressWithAChecksum_IsBroughtOnce()
    {
        await using var server = new WebFiles(("/models/squares.onnx", Squares));
        var hash = Convert.ToHexString(SHA256.HashData(Squares));

        for (var i = 0; i < 2; i++)
        {
            await using var repository = await OpenAsync($"{server.Address}models/squares.onnx", hash);
            repository.Index().ShouldBe([new ModelIndexEntry("squares", 1, ModelState.Ready)]);
        }

        server.Requests.ShouldBe(1);
    }

    [Fact]
    public async Task Open_WebAddressWithoutAChecksum_IsBroughtEachTime()
    {
        await using var server = new WebFiles(("/squares.onnx", Squares));

        for (var i = 0; i < 2; i++)
            await (await OpenAsync($"{server.Address}squares.onnx")).DisposeAsync();

        server.Requests.ShouldBe(2);
    }

    [Fact]
    public async Task Open_WrongChecksum_LeavesNothing()
    {
        await using var server = new WebFiles(("/squares.onnx", Squares));

        (await FailAsync($"{server.Address}squares.onnx", new string('0', 64))).ShouldContain("it is damaged, or not the one that was meant");

        Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).ShouldBeEmpty();
        (await FailAsync(TestModels.PathOf("squares"), new string('0', 64))).ShouldContain("it is damaged");
        (await FailAsync(_folder.Path, new string('0', 64))).ShouldContain("is a folder; a SHA-256 goes with one file");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_LargerThanAllowed_IsRefused(bool saysItsLength)
    {
        await using var server = new WebFiles(("/squares.onnx", Squares)) { SaysLength = saysItsLength };

        (await FailAsync($"{server.Address}squares.onnx", maxBytes: 100)).ShouldContain("has more than 100 bytes");

        Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_AddressThatIsNone_SaysWhy()
    {
        await using var server = new WebFiles();

        (await FailAsync($"{server.Address}missing.onnx")).ShouldContain("404");
        (await FailAsync($"{server.Address}models")).ShouldContain("must be the address of one .onnx file");
        (await FailAsync($"{server.Address}a%2F..%2Fb.onnx")).ShouldContain("must be the address of one .onnx file");
        (await FailAsync("http://127.0.0.1:1/x.onnx")).ShouldContain("can't be had");
        (await FailAsync("s3://bucket/models")).ShouldContain("there is no source for 's3', only for file, http, https");
    }

    [Fact]
    public async Task Open_SchemeOfAnOwnSource_AsksIt()
    {
        await using var repository = await OpenAsync("shelf://squares", sources: new ShelfSource());

        repository.Index().ShouldHaveSingleItem().Name.ShouldBe("squares");
    }

    private sealed class ShelfSource : IModelSource
    {
        public IReadOnlyList<string> Schemes => ["shelf"];

        public Task<string> FetchAsync(ModelSourceRequest request, CancellationToken cancellationToken)
        {
            var path = Path.Combine(request.Folder, $"{request.Address.Host}.onnx");
            File.Copy(TestModels.PathOf(request.Address.Host), path, overwrite: true);
            return Task.FromResult(path);
        }
    }

    /// <summary>A web server with some files.</summary>
    private sealed class WebFiles : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Task _serving;

        public WebFiles(params (string Path, byte[] Body)[] files)
        {
            using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            }

            _listener.Prefixes.Add(Address);
            _listener.Start();
            _serving = ServeAsync(files.ToDictionary(file => file.Path, file => file.Body));
        }

        public string Address { get; }

        public bool SaysLength { get; init; } = true;

        public int Requests { get; private set; }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task ServeAsync(Dictionary<string, byte[]> files)
        {
            while (true)
            {
                try
                {
                    var context = await _listener.GetContextAsync();
                    Requests++;
                    var body = files.GetValueOrDefault(context.Request.Url!.AbsolutePath);
                    context.Response.StatusCode = body is null ? 404 : 200;
                    if (SaysLength)
                        context.Response.ContentLength64 = body?.Length ?? 0;
                    else
                        context.Response.SendChunked = true;
                    await context.Response.OutputStream.WriteAsync(body ?? []);
                    context.Response.Close();
                }
                catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException)
                {
                    if (!_listener.IsListening)
                        return;
                }
            }
        }
    }
}
