namespace Serve.Onnx.Tests;

public sealed class OnnxModelTests
{
    private static string ModelPath(string name) => Path.Combine(AppContext.BaseDirectory, "Onnx", "models", $"{name}.onnx");

    private static OnnxModel Load(string name) => new(ModelPath(name));

    private static OnnxValue Row(string name, params float[] values) => OnnxValue.Create(name, new Tensor<float>(values, 1, values.Length));

    [Fact]
    public void Load_Model_TellsInputsAndOutputs()
    {
        using var model = Load("add");

        model.Inputs.Select(input => $"{input.Name}: {input}").ShouldBe(["left: float [-1, 3]", "right: float [-1, 3]"]);
        model.Outputs.Select(output => $"{output.Name}: {output}").ShouldBe(["sum: float [-1, 3]"]);
        model.Inputs[0].ElementType.ShouldBe(typeof(float));
        model.Inputs[0].Shape.ToArray().ShouldBe([-1, 3]);
    }

    [Fact]
    public void Load_MissingFile_NamesIt() =>
        Should.Throw<OnnxModelException>(() => Load("nothing")).Message.ShouldBe($"The model file '{ModelPath("nothing")}' doesn't exist.");

    [Fact]
    public void Load_FileThatIsNoModel_NamesIt()
    {
        var path = typeof(OnnxModelTests).Assembly.Location;

        Should.Throw<OnnxModelException>(() => new OnnxModel(path)).Message.ShouldContain(path);
    }

    [Fact]
    public void Load_MissingCustomOpLibrary_NamesItAndTheModel()
    {
        var options = new OnnxOptions { CustomOpLibraries = ["no/such/library.so"] };

        var message = Should.Throw<OnnxModelException>(() => new OnnxModel(ModelPath("add"), options)).Message;

        message.ShouldContain("'no/such/library.so'");
        message.ShouldContain(ModelPath("add"));
    }

    [Fact]
    public void Load_CustomOpLibraryThatIsNone_NamesIt()
    {
        var options = new OnnxOptions { CustomOpLibraries = [ModelPath("add")] };

        Should.Throw<OnnxModelException>(() => new OnnxModel(ModelPath("add"), options)).Message.ShouldContain("library of custom operators");
    }

    [Fact]
    public void Load_InputThatIsNoTensor_NamesIt() =>
        Should.Throw<OnnxModelException>(() => Load("sequence-in")).Message.ShouldContain("takes 'many', which is not a tensor (ONNX_TYPE_SEQUENCE)");

    [Fact]
    public void Run_OutputOfStringsBesideNumbers_GivesBoth()
    {
        using var model = Load("text-out");

        var outputs = model.Run([OnnxValue.Create("number", new Tensor<float>(new float[] { 1, 2 }, 2))]);

        outputs["negative"].As<float>().Data.ToArray().ShouldBe([-1, -2]);
        outputs["label"].AsTexts().ShouldBe(["1", "2"]);
    }

    [Fact]
    public void Run_InputsInAnyOrder_GivesOutputByName()
    {
        using var model = Load("add");

        var outputs = model.Run([Row("right", 10, 20, 30), Row("left", 1, 2, 3)]);

        var sum = outputs["sum"].As<float>();
        sum.Shape.ToArray().ShouldBe([1, 3]);
        sum.Data.ToArray().ShouldBe([11, 22, 33]);
        outputs[0].ShouldBeSameAs(outputs["sum"]);
    }

    [Fact]
    public void Run_SliceOfALargerBuffer_ReadsItInPlace()
    {
        using var model = Load("add");
        var buffer = new float[] { 9, 1, 2, 3, 4, 5, 6, 9 };
        var slice = OnnxValue.Create("left", new Tensor<float>(buffer.AsMemory(1, 6), 2, 3));

        var sum = model.Run([slice, OnnxValue.Create("right", new Tensor<float>(2, 3))])["sum"];

        sum.As<float>().Data.ToArray().ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public void Run_EmptyBatch_GivesEmptyOutput()
    {
        using var model = Load("add");

        var sum = model.Run([OnnxValue.Create("left", new Tensor<float>(0, 3)), OnnxValue.Create("right", new Tensor<float>(0, 3))])["sum"];

        sum.Shape.ToArray().ShouldBe([0, 3]);
    }

    [Fact]
    public void Run_EveryElementType_ComesBackAsItWentIn()
    {
        using var model = Load("types");
        OnnxValue[] inputs =
        [
            Pair("float", 1.5f, float.NaN), Pair("double", 1.5, -2), Pair("float16", (Half)1.5, (Half)(-2)),
            Pair<sbyte>("int8", -128, 127), Pair<short>("int16", -3, 4), Pair("int32", -3, 4), Pair("int64", long.MinValue, 4),
            Pair<byte>("uint8", 0, 255), Pair<ushort>("uint16", 3, 4), Pair<uint>("uint32", 3, 4), Pair("uint64", ulong.MaxValue, 4ul), Pair("bool", true, false),
        ];

        var outputs = model.Run(inputs);

        outputs.Count.ShouldBe(inputs.Length);
        ShouldBeSame<float>("float");
        ShouldBeSame<double>("double");
        ShouldBeSame<Half>("float16");
        ShouldBeSame<sbyte>("int8");
        ShouldBeSame<short>("int16");
        ShouldBeSame<int>("int32");
        ShouldBeSame<long>("int64");
        ShouldBeSame<byte>("uint8");
        ShouldBeSame<ushort>("uint16");
        ShouldBeSame<uint>("uint32");
        ShouldBeSame<ulong>("uint64");
        ShouldBeSame<bool>("bool");

        static OnnxValue Pair<T>(string type, T first, T second)
            where T : unmanaged => OnnxValue.Create($"{type}_in", new Tensor<T>(new[] { first, second }, 2));

        void ShouldBeSame<T>(string type)
            where T : unmanaged
        {
            var sent = Array.Find(inputs, input => input.Name == $"{type}_in")!.As<T>();
            outputs[$"{type}_out"].As<T>().Data.ToArray().ShouldBe(sent.Data.ToArray());
        }
    }

    [Fact]
    public void Run_UnknownInput_NamesItAndTheInputs()
    {
        using var model = Load("add");

        Should.Throw<OnnxInputException>(() => model.Run([Row("middle", 1, 2, 3)])).Message
            .ShouldBe("The model 'add.onnx' has no input 'middle'; its inputs are 'left' (float [-1, 3]), 'right' (float [-1, 3]).");
    }

    [Fact]
    public void Run_MissingInput_NamesIt()
    {
        using var model = Load("add");

        Should.Throw<OnnxInputException>(() => model.Run([Row("left", 1, 2, 3)])).Message.ShouldContain("needs input 'right' (float [-1, 3]), which was not given");
    }

    [Fact]
    public void Run_InputGivenTwice_NamesIt()
    {
        using var model = Load("add");

        Should.Throw<OnnxInputException>(() => model.Run([Row("left", 1, 2, 3), Row("left", 1, 2, 3)])).Message.ShouldContain("was given input 'left' twice");
    }

    [Fact]
    public void Run_WrongShape_NamesBothShapes()
    {
        using var model = Load("add");

        Should.Throw<OnnxInputException>(() => model.Run([Row("left", 1, 2), Row("right", 1, 2, 3)])).Message
            .ShouldContain("takes 'left' as float [-1, 3] (-1 takes any size), but was given float [1, 2]");
    }

    [Fact]
    public void Run_WrongElementType_NamesBothTypes()
    {
        using var model = Load("add");
        var doubles = OnnxValue.Create("left", new Tensor<double>(1, 3));

        Should.Throw<OnnxInputException>(() => model.Run([doubles, Row("right", 1, 2, 3)])).Message.ShouldContain("but was given double [1, 3]");
    }

    [Fact]
    public void Run_ShapesThatFitTheModelButNotEachOther_NamesTheModel()
    {
        using var model = Load("add");
        var two = OnnxValue.Create("left", new Tensor<float>(2, 3));
        var three = OnnxValue.Create("right", new Tensor<float>(3, 3));

        Should.Throw<OnnxModelException>(() => model.Run([two, three])).Message.ShouldStartWith($"The model '{model.Path}' failed: ");
    }

    [Fact]
    public void Run_OneTensorForTwoInputs_NamesTheInputs()
    {
        using var model = Load("add");

        Should.Throw<OnnxInputException>(() => model.Run<float, float>(new Tensor<float>(1, 3))).Message.ShouldContain("'left' (float [-1, 3]), 'right' (float [-1, 3])");
    }

    [Fact]
    public void Outputs_UnknownName_NamesWhatThereIs()
    {
        using var model = Load("count");
        var outputs = model.Run([OnnxValue.Create("count", new Tensor<long>(new long[] { 3 }))]);

        Should.Throw<KeyNotFoundException>(() => outputs["sum"]).Message.ShouldBe("The model has no output 'sum'; its outputs are 'total'.");
        Should.Throw<InvalidCastException>(() => outputs["total"].As<int>()).Message.ShouldBe("'total' is a tensor of int64 (System.Int64), not of System.Int32.");
    }

    [Fact]
    public void Create_TypeThatOnnxLacks_NamesIt() =>
        Should.Throw<NotSupportedException>(() => OnnxValue.Create("when", new Tensor<DateTime>(1))).Message.ShouldContain("'when' is a tensor of System.DateTime");
}
