# ウィンドウより下の階が英語で言うこと。英語はソースコードの中にあります。
# 名前は一覧と、ファイルの中の名前から成ります：method-single、help-learn-steps。

# 長さと時間。
unit-a-moment = 一瞬
unit-second = 秒
unit-minute = 分
unit-hour = 時間
unit-day = 日
unit-s = 秒
unit-min = 分
unit-h = 時間
unit-just-now = たった今
unit-yesterday = 昨日
unit-ago = 前
unit-week = 週間
unit-month = か月
unit-year = 年
unit-step = ステップ
unit-picture = 枚
unit-vector = 個
unit-pixel = ピクセル
unit-token = トークン
unit-place = か所

# レシピ。
preset-default = おすすめ
    .tip = おすすめのレシピです。ステップは少なく、学習率は下がっていき、単語はほかの言葉と組み合わせやすいままです
preset-paper = 論文どおり
    .tip = 論文の手法です（arXiv 2208.01618、第 4 節）。5000 ステップで、よいカードなら約 1 時間です
preset-paper-high = 論文（高い学習率）
    .tip = 論文の手法で、学習率を 4 倍にします。画像により近づき、組み合わせにくくなります（図 10 の High-LR）
preset-paper-low = 論文（低い学習率）
    .tip = 論文の手法で、学習率を 1/50 にします。組み合わせやすく、画像にはあまり似ません（Low-LR）

# 手法。
method-single = 一つの単語
    .tip = 単語を一つだけ学習します。論文がすすめる方法です
method-extended = ベクトルを増やす
    .tip = 最初のステップから複数のベクトルを使います（指定がなければ 2 つ）。画像に近づき、組み合わせにくくなります
method-progressive = だんだん増やす
    .tip = はじめはベクトル一つで、数千ステップごとに増やします
method-regularised = 引き止める
    .tip = 単語をはじめの言葉の近くに保ちます。プロンプトによく従い、画像には少し似にくくなります
method-per-image = 画像ごとの単語
    .tip = 新しい単語のほかに、画像ごとの単語を持ちます。その画像だけにあるものを受け持ち、最後に捨てられます
method-captions = 自分の文
    .tip = どの画像も、自分で書いた文で学習します
method-two-concept = 二つの単語
    .tip = 二つの物の二つの単語を、両方が写った画像も使って一緒に学習します

# 動かし方。
optimizer-adamw = 自由
    .tip = 論文と同じく、単語の数を一つずつ動かします。画像に最も近づきますが、単語が長くなることがあります
optimizer-directional = 回転
    .tip = 単語は向きだけを変え、普通の言葉の長さを保ちます。ごく少ないステップで近づき、その後は落ち着きません

# ノイズ。
timesteps-uniform = 均等
    .tip = 論文と同じく、すべて均等に見ます
timesteps-log-snr = ノイズの多いものを多めに
    .tip = ノイズの多いものをよく見ます。質感より形と色が先になります

weighting-even = 均等
    .tip = 論文と同じく、すべて均等に数えます
weighting-min-snr = きれいなものを軽く
    .tip = ほとんどノイズのない画像の誤差を軽く数えます（min-SNR、ガンマ 5）
weighting-debiased = ノイズの多いものを重く
    .tip = 信号対雑音比の平方根の逆数で数えます。ノイズの多い画像が最も重くなります

# 数の形式とメモリー。
precision-auto = 自動
    .tip = 対応するグラフィックスカードでは 16 ビット、ほかでは 32 ビットにします
precision-f32 = 32 ビット
    .tip = 正確で、どこでも動きます
precision-f16 = 16 ビット
    .tip = メモリーは半分で、ほとんどのグラフィックスカードで速くなります
precision-bf16 = 16 ビット（広範囲）
    .tip = bf16 に対応するカード用です。メモリーは半分で、16 ビットでは収まらない大きな数も扱えます

weights-full = 正確に
    .tip = 精度の設定どおりに保ちます
weights-8bit = 8 ビット（おおよそ）
    .tip = 8 ビットに丸めます。メモリーは 32 ビットの 1/4、16 ビットの半分です。近似なので、単語と絵は少し変わります

low-memory-auto = 自動
    .tip = メモリーに収まらないときだけ節約します
low-memory-on = 常に
    .tip = メモリーを節約し、時間は 1.5 倍になります
low-memory-off = しない
    .tip = できるだけ速く学習します。メモリーが足りなくなると、そこで終わります

# サンプラー：名前はどの言語でも同じです。
sampler-dpmpp-2m =
    .tip = 20 から 30 ステップでよい絵になります
sampler-dpmpp-2m-sde =
    .tip = DPM++ 2M に、毎ステップ新しいノイズの粒を加えます。25 から 40 ステップで豊かな質感になります
sampler-euler =
    .tip = 単純で速い方法です
sampler-euler-ancestral =
    .tip = 毎ステップ新しいノイズを加えます。生き生きとして、ステップを増やすと絵が変わり続けます
sampler-unipc =
    .tip = 10 から 20 ステップでよい絵になります
sampler-ddim =
    .tip = 均等で再現できるステップです。論文で使われています
sampler-dpmpp-sde =
    .tip = 少ないステップで細かい質感になります。1 ステップに 2 倍の時間がかかり、10 から 15 ステップで足ります
sampler-dpmpp-3m-sde =
    .tip = 柔らかく緻密です。30 ステップ以上と低めのガイダンスが向きます
sampler-heun =
    .tip = Euler と同じですが、各ステップの前に先を見ます。より忠実で、2 倍の時間がかかります
sampler-dpmpp-2s-ancestral =
    .tip = Euler ancestral と同じですが、先を見ます。生き生きとしてくっきりし、2 倍の時間がかかります
sampler-dpm2 =
    .tip = Heun と同じですが、各ステップの中ほどを見ます。なめらかで、2 倍の時間がかかります
sampler-dpm2-ancestral =
    .tip = DPM2 に毎ステップ新しいノイズを加えます。生き生きとして、2 倍の時間がかかります
sampler-lms =
    .tip = 直前の 4 ステップを覚えています。30 ステップ以上でなめらかになり、少ないとまだらになります

sampler-ddpm =
    .tip = 最も古いサンプラーです。毎ステップ新しいノイズを加え、50 ステップ以上が必要です
sampler-pndm =
    .tip = Stable Diffusion の最初のサンプラーで、PLMS とも呼ばれます
sampler-lcm =
    .tip = 2 から 8 ステップで描きます。専用に作られたモデルでだけ使えます

spacing-normal = 標準
    .tip = モデルが学習したときと同じです
spacing-karras =
    .tip = ノイズの少ないところに多くのステップを使い、細部が細かくなります
spacing-exponential =
    .tip = Karras よりさらにノイズの少ないところに使います。なめらかな面と単純な形になります
spacing-simple =
    .tip = モデルが学習したノイズを等間隔に取り、最も多いところから始めます
spacing-sgm-uniform =
    .tip = 最も多いノイズから始め、最も少ない手前で終わる均等なステップです。速いモデルに向きます
spacing-beta =
    .tip = 両端に多くのステップを使います。形はしっかり、細部は細かく、その間は少なめです
spacing-ays =
    .tip = Stable Diffusion 1 と XL のために探索で見つけられたノイズです。10 ステップほどが最適です

# 学習の設定。
help-learn-steps = 単語を改良する回数です。多いほど時間がかかり、画像に近づきます。多すぎると、何を頼んでも元の画像を描くようになります
help-learn-batch-size = 一度に一緒に見る画像の枚数です。多いほど、絵が一枚の画像に偏りにくくなります。一枚ごとにメモリーを使います
help-learn-gradient-accumulation = その組をいくつ合わせて 1 ステップにするかです。同じように絵が安定し、時間はかかりますがメモリーは使いません
help-learn-methods-add-vector-at = 「だんだん増やす」の場合：ベクトルを一つ増やすステップです
help-learn-methods-regularisation = 「引き止める」の場合：始まりへ引き戻す強さです。強すぎると、そこから動きません
help-learn-methods-with-images = 「二つの単語」の場合：もう一方の物の画像が入ったフォルダーです
help-learn-methods-with-word = 「二つの単語」の場合：プロンプトに入力する、もう一方の単語です
help-learn-methods-with-init = 「二つの単語」の場合：もう一方の画像に写っているものを表す普通の言葉です
help-learn-vectors = 単語が覚えられる量です。ベクトルが多いほど細部を覚え、プロンプトに従いにくくなります。自動では、はじめの言葉のトークン数と同じです
help-learn-start = 単語がどこから始まるかです。画像に近いほど少ないステップで済みます。指定しなければ、はじめの言葉から始まります
help-learn-seed = 別の数にすると、同じ画像から少し違う単語を学習します。絵に満足できないときに試してください
help-learn-learning-rate = 単語が変わる速さです。速すぎると絵がノイズになり、遅すぎると元のままです
help-learn-optimizer = 単語の動かし方です。論文と同じ「自由」では画像に最も近づき、「回転」では普通の言葉と同じ強さを保ちます
help-learn-direction-prior = 「回転」の場合：はじめの言葉へ引き戻します。強いほどプロンプトによく従い、画像には近づきにくくなります
help-learn-adamw-beta1 = 過去のステップの影響がどれだけ長く残るかです（ベータ 1）。大きいほど安定し、小さいほど一枚一枚の画像にすぐ従います
help-learn-adamw-beta2 = 強い力を受けた後、どれだけ長くステップを慎重にするかです（ベータ 2）。変える必要はほとんどありません
help-learn-adamw-epsilon = 計算が不安定になるのを防ぐ小さな数です（イプシロン）。絵には現れません
help-learn-adamw-weight-decay = 毎ステップ、単語の意味を少しずつ薄めます。大きいと、絵から学習した物や画風が失われます
help-learn-gradient-clip = 一枚の変わった画像に単語が引きずられるのを防ぎます。これより強い力は弱められます。普通は 1 です
help-learn-norm-pull = 単語を普通の言葉と同じ強さに保ち、文の残りの部分も絵に出るようにします。毎ステップこの割合だけ戻し、0 なら自由に伸びます
help-learn-templates = 単語を学習する文です（「a photo of …」など）。文にあるほかのことは、単語に入りません
help-learn-full-stop = 論文と同じく、文をピリオドで終えます。絵にはほとんど現れません
help-learn-use-captions = キャプションのある画像は、それで学習します。浜辺や帽子など、キャプションに書いたものは単語に入りません
help-learn-embedded-captions = 自分のキャプションがない画像は、ほかのソフトが書き込んだ説明で学習します
help-learn-flip = 画像を半分の回数は左右反転して見せるので、絵はどちらの向きにもなります。文字、ロゴ、左右非対称の顔ではオフにしてください
help-learn-timesteps = どの量のノイズからどの量まで学習するかです。少ないほうは質感と細部、多いほうは形と構図を受け持ちます。普通はすべてです
help-learn-timestep-sampling = それぞれの量のノイズをどれだけ頻繁に見るかです
help-learn-loss-weighting = ノイズの量ごとに、誤差をどれだけ重く数えるかです。絵にはほとんど現れません
help-learn-resolution = 学習する幅と高さ（ピクセル）です。大きいほど細部が見え、時間とメモリーがかかります。自動では、モデル本来のサイズです
help-learn-use-masks = 塗った部分、または透明でない部分だけを学習します。周りのものは絵に出てきません
help-learn-suggest-masks = マスクがなく透明でもない画像では、色と輪郭から物を探し、そこだけを学習します
help-learn-precision = 学習中のモデルの数の形式です。16 ビットはメモリーが半分で、絵にはほとんど現れません。単語そのものは常に正確に保たれます
help-learn-weights = 学習中にモデルをどれだけ正確に覚えておくかです。8 ビットは 32 ビットの 1/4 のメモリーで済み、小さなパソコンでも学習できます。近似なので、単語は少し変わります
help-learn-low-memory = 少ないメモリーで、1.5 倍の時間をかけて学習します。単語は同じになります。自動では、そうしないと収まらないときだけです
help-learn-clip-skip = モデルが文をどれだけ深く読むかです。モデルを作ったときの値にしてください。多くは 1、アニメ調のものは 2 が多く、違うと形や色がおかしくなります
help-learn-checkpoint-every = このステップ数ごとに単語を保存します。よく描けていた時点に戻れます
help-learn-preview-every = このステップ数ごとに単語で絵を描き、育つ様子を見ます。頻繁だと時間がかかります。0 なら描きません
help-learn-fixed-noise-every = このステップ数ごとに、いつも同じ例で、単語が画像をどれだけ説明できるかを測ります。曲線の穏やかな線になります。0 なら測りません
help-learn-fixed-noise-size = 測るのに使う例の数です。多いほど線が穏やかになり、時間がかかります。単語は変わりません
help-learn-keep-one-out = 一枚を学習に使わず、単語が画像ではなく物そのものを意味するかをその一枚で測ります。画像が 4 枚より少ないときや、描いた絵を評価するときは、画像の一部を除きます
help-learn-score-every = CLIP があれば、このステップ数ごとに小さな絵を数枚描いて評価します。画像に似ているか、プロンプトに従うか。それで最もよい単語を選びます。0 なら評価しません
help-learn-score-count = 評価する文ごとに描く枚数です。多いほど確かで、時間がかかります
help-learn-score-steps = それを何ステップで描くかです。評価には少なくて足ります
help-learn-auto-stop = 単語が画像に近づかなくなったら自動で停止します。いつでも続けられます
help-learn-smoothing = 「学習」の曲線のなめらかさです（0 から 0.9999）。単語は変わりません
help-learn-refine-context-weight = 文の残りの部分を、はじめの言葉のときと同じに保つ強さです。プロンプトによく従うようになります。強すぎると、画像に近づきにくくなります。普通は 0.00015 です。0 なら使いません
help-learn-refine-negative-vectors = 単語と一緒に、この数のベクトルでネガティブプロンプト用の二つ目の単語（画像にないもの）を学習します。画像が 1 枚でも使え、1 ステップに 2 倍の時間がかかります。0 なら学習しません
help-learn-refine-negative-guidance = 二つを学習する間、画像がネガティブの単語からどれだけ離れているとみなすかです。描くときも同じくらいのガイダンスにしてください
help-learn-refine-first-resolution = 最初に学習する幅と高さ（ピクセル）です。半分にすると 1/4 の時間で形と色を見つけ、細部は元のサイズのステップに任せます
help-learn-refine-first-part = その最初のサイズで学習するステップの割合です
help-learn-preview-prompts = 学習中に何を描くかです。{"{}"} が単語になります
help-learn-preview-seed = プレビューを描き始めるノイズを決める数です。同じ数ならどれも同じノイズから始まり、違いは単語だけになります
help-learn-preview-steps = プレビューを何ステップで描くかです。多いほど遅く、30 ほどを超えるとほとんど変わりません
help-learn-preview-guidance = プレビューがプロンプトにどれだけ忠実に従うかです。小さなモデルは 3 から 5 が向きます。自動では、モデルに合った値です
help-learn-preview-sampler = ノイズから絵に至る道筋です。それぞれ少しずつ筆づかいが違います
help-learn-preview-spacing = 道筋のどこに最も手をかけるかです。Karras は細部に多くかけます
help-learn-preview-size = プレビューの幅と高さ（ピクセル）です。小さいほど速くなります。自動では、学習するサイズです

# 比較する手法：名前はファイルの中と同じです。
compared-single =
    .tip = このソフトのレシピです。数百ステップで学習し、ステップはだんだん小さくなります
compared-paper =
    .tip = 論文の手法で、強いステップを 5000 回行います
compared-paper-high =
    .tip = 論文の手法で、学習率を 4 倍にします。画像により近づき、組み合わせにくくなります
compared-paper-low =
    .tip = 論文の手法で、学習率を 1/50 にします。組み合わせやすく、画像にはあまり似ません
compared-extended-2 =
    .tip = 論文の手法で、最初のステップからベクトルを 2 つ使います
compared-extended-3 =
    .tip = 論文の手法で、最初のステップからベクトルを 3 つ使います
compared-progressive =
    .tip = 論文の手法で、2000 ステップと 4000 ステップの後にベクトルを一つずつ増やします
compared-regularised =
    .tip = 論文の手法で、単語をはじめの言葉の近くに保ちます
compared-per-image =
    .tip = 論文の手法で、画像ごとの単語も持ち、最後に捨てます
compared-captions =
    .tip = 論文の手法で、どの画像もあなたの書いた文で学習します
compared-turning =
    .tip = このソフトのレシピで、単語は向きだけを変え、普通の言葉と同じ強さを保ちます
compared-vectors-2 =
    .tip = このソフトのレシピで、ベクトルを 2 つ使います
compared-vectors-3 =
    .tip = このソフトのレシピで、ベクトルを 3 つ使います
compared-clip-start =
    .tip = このソフトのレシピで、CLIP が画像に見たものから始めます
compared-cross-start =
    .tip = このソフトのレシピで、はじめの言葉をモデルが読み取った結果から始めます
compared-late-steps =
    .tip = このソフトのレシピで、ノイズの多い画像だけから学習します
compared-min-snr =
    .tip = このソフトのレシピで、ほとんどノイズのない画像の誤差を軽く数えます
compared-context =
    .tip = このソフトのレシピで、文の残りの部分の意味を保ちます
compared-negative =
    .tip = このソフトのレシピで、ネガティブの単語も一緒に学習します
compared-masks =
    .tip = このソフトのレシピで、提案された輪郭の中だけを学習します

# 学習のいらない比較の相手：名前はファイルの中と同じです。
baseline-image-only =
    .tip = コンセプトの画像そのものです。一枚ずつ、ほかの画像と比べます
baseline-prompt-only =
    .tip = 単語の場所を空けたままのプロンプトです
baseline-initial-word =
    .tip = 単語の場所に、はじめの言葉を入れます
baseline-captions-short =
    .tip = 単語の場所に、人が書いた短い説明文を入れます
baseline-captions-long =
    .tip = 単語の場所に、人が書いた長い説明文を入れます
baseline-clip-word =
    .tip = CLIP だけで画像から見つけた言葉です

# 単語を調べるときの描画の設定。
help-look-count = プロンプトごとに同じシードから描く枚数です。多いほど、何が偶然かがよく分かります
help-look-steps = 一枚を何ステップで描くかです
help-look-seed = 各プロンプトの最初の絵のシードです。続く絵には一つずつ次の数を使います
# 編集。
blend-order-ldm = 各ステップの前
    .tip = Blended Latent Diffusion の方法です。各ステップの前に、元の画像をそのステップのノイズ付きで戻します
blend-order-sd = 各ステップの後
    .tip = 同じ作者による Stable Diffusion 用の方法です。各ステップの後に、元の画像を戻します
edit-area-auto = 自動
    .tip = 画像がモデル本来のサイズに近ければ全体を、大きければマスクの周りだけを描き直します
edit-area-whole = 画像全体
    .tip = 画像全体を、モデル本来のサイズに合わせて描き直します
edit-area-masked = マスクの周りだけ
    .tip = マスクの周りを、モデル本来のサイズに広げて描き直します。大きな画像の中の小さな物に向きます
seam-feather = ぼかし
    .tip = 新しい部分が、マスクの周りの数ピクセルで元の画像に溶け込みます
seam-poisson = ポアソン
    .tip = 新しい部分の色を、マスクの縁で元の画像の色に合うまでずらします
background-fit-off = そのまま戻す
    .tip = 何も合わせません。元の画像をピクセルのまま戻し、境目は上の設定のとおりになじませます
background-fit-latents = 描いた絵を合わせる
    .tip = 描いた絵を、元の姿が現れるまで調整します。元の画像の光と大きな形が戻ります
background-fit-decoder = 仕上げを合わせる
    .tip = モデルが絵を仕上げる部分を、この一枚のために調整します。粒や細い線まで戻りますが、遅く、多くのメモリーを使います
help-edit-strength = どれだけ変えてよいかです。小さいと画像の形と色が残り、1 ではノイズだけから描き始めます
help-edit-order = 描いている間、マスクの周りの元の画像をどう保つかです。インペイント用のモデルは自分で保ちます
help-edit-dilations = はじめはマスクを広げて描き、細いものでも形になるようにします。8 ピクセルずつ、この回数だけ広げます
help-edit-pixel-phase = 最後のステップのうち、新しい部分と元の部分をピクセルでつなぐ割合です。時間はかかりますが、細い縁が残ります
help-edit-invert-mask = マスクの黒いところを変え、白いところを残します
help-edit-feather = マスクの周りの何ピクセルで、新しい部分が元の部分に溶け込むかです。その外側は何も変わりません
help-edit-seam = 新しい部分の周りの境目をどう隠すかです
help-edit-fit-background = マスクの周りも元の画像と同じになるまでモデルに描かせ、境目を同じ筆づかいでつなぎます。100 ステップ以上の時間がかかります
help-edit-area = マスクに合わせて、画像のどの範囲を描き直すかです
help-edit-tiles = モデル本来のサイズより大きな部分を、原寸のままタイルに分けて描きます。細かくなり、遅くなります
help-edit-padding = マスクの周りだけを描くとき、その周りを何ピクセルまでモデルに見せるかです
help-edit-extend = 画像を左、上、右、下にこのピクセル数だけ広げ、そこに絵を描き足します
# 単語の混ぜ方。
mix-sum = 混ぜ合わせ
    .tip = すべてを、それぞれの強さで混ぜます。どれからも少しずつ受け継ぎます
mix-difference = 差し引き
    .tip = 最初の単語から、ほかの単語にあるものを取り去ります
mix-slerp = 中間
    .tip = 最初の単語から二つ目の単語へ向きを均等に変えていく、その途中を取ります
mix-nudge = ずらし
    .tip = 三つ目から二つ目への違いの分だけ、最初の単語を動かします。たとえば「若い」を「老いた」に変えられます
mix-join = 連結
    .tip = すべてのベクトルをそのまま、一つずつ後ろにつなぎます

# 単語のファイルの形式：名前はほかのソフトのものです。
layout-emb-params =
    .tip = ほとんどのソフトが読める safetensors ファイルです。普通はこれを選びます。
layout-diffusers =
    .tip = 単語の名前でベクトルを収めた safetensors ファイルです。diffusers がそのまま読みます。Stable Diffusion XL では 2 つのファイルになります。
layout-a1111-pt =
    .tip = AUTOMATIC1111 の .pt ファイルです。safetensors に対応していない古いソフト用です。
layout-original-pt =
    .tip = 論文の著者のプログラムが使う .pt ファイルです。
layout-onetrainer =
    .tip = OneTrainer が探す名前で収めた safetensors ファイルです。OneTrainer で学習を続けられます。
layout-png-card =
    .tip = 画像でもあり、単語でもあるファイルです。AUTOMATIC1111 が読みます。画像に手を加えないサイトなら、載せても単語が失われません。
# グリッドの縦と横。
grid-side-seed = シード
    .tip = それぞれ別のノイズから描き始めます。同じプロンプトの違う絵になります
grid-side-word = 単語
    .tip = プロンプトの単語、または {"{"}{"}"} を、ほかの学習した単語に置き換えます
grid-side-weight = 単語の強さ
    .tip = 学習した単語をどれだけ強く効かせるか、弱くから強くまで変えます
grid-side-step = 学習ステップ
    .tip = 学習した単語を、保存されたそれぞれのステップの時点で描きます
grid-side-sampler = サンプラー
    .tip = ノイズから絵への道筋を変えます
grid-side-spacing = スケジュール
    .tip = ノイズの量の配り方を変えます
grid-side-guidance = ガイダンス
    .tip = プロンプトにどれだけ忠実に従うかを変えます
grid-side-prompt = プロンプトの一部
    .tip = プロンプトの中の最初の言葉を、すべての箇所で、ほかの言葉に置き換えます

# プロンプトの強調：名前はどの言語でも同じです。
emphasis-a1111 =
    .tip = AUTOMATIC1111 の Web UI と同じです。強調した言葉に倍率を掛け、全体の平均を保ちます
emphasis-comfyui =
    .tip = ComfyUI と同じです。強調した言葉を空のプロンプトから遠ざけます。強さの数は、周りの言葉に左右されません
emphasis-compel =
    .tip = compel（InvokeAI）と同じです。ComfyUI の方法に加えて、弱めた言葉をほかの言葉からも隠します

# 描画の設定。
help-draw-sampler = ノイズを絵に変えていく方法です
help-draw-steps = ステップを増やすと時間がかかり、30 ほどを超えるとほとんどよくなりません
help-draw-guidance = プロンプトにどれだけ忠実に従うかです。低いと自由に、高いと文字どおりで硬い絵になります。自動では、モデルに合った値です
help-draw-seed = 描き始めのノイズを決める数です。シードと設定が同じなら、同じ絵になります
help-draw-count = 描く枚数です。一枚ごとに別のノイズから始めます
help-draw-width = 幅（ピクセル）です。8 ずつ変わります
help-draw-height = 高さ（ピクセル）です。8 ずつ変わります
help-draw-batch = 同時に並べて描く枚数です。多いほど早く終わり、メモリーを使います。どの絵も、一枚だけで描いたときと同じになります
help-draw-spacing = ノイズの量を各ステップにどう配るかです。いくつかの配り方があるサンプラーで選べます
help-draw-eta = 毎ステップ加える新しいノイズの量です。0 なら毎回同じ絵になります。DDIM だけが使います
help-draw-rescale = 高いガイダンスで強くなったコントラストを戻します。色は柔らかく、白飛びは少なくなります。0 ならそのままです
help-draw-zero-terminal-snr = 純粋なノイズから描き始め、プロンプトどおりの暗さや明るさまで描けるようにします。そのように学習していながら、それが記されていないモデルのための設定です
help-draw-variation = 元のシードから「変化先のシード」へどれだけ近づけるかです。少しなら同じ絵の兄弟のような絵になり、0 なら変わりません
help-draw-variation-seed = バリエーションが近づいていく、もう一つのシードです
help-draw-enlarge = はじめに小さく描き、この倍率に拡大して細部を加えながら描き直します。1 なら拡大しません
help-draw-enlarge-strength = 拡大した絵をどれだけ変えてよいかです。低いと元の絵をくっきりさせ、高いと新しく描き足します
help-draw-clip-skip = テキストエンコーダーのどの層を使うかを、最後から数えます。2 が合うモデルもあります
help-draw-emphasis = (cat:1.3) のような強調の効き方です。自動では、モデルに合った方法です
help-draw-precision = 描くときの数の形式です。短い形式ほど、グラフィックスカードで速くなります
help-draw-weights = モデルをどれだけ正確に覚えておくかです。8 ビットは 32 ビットの 1/4 のメモリーで済みます。近似なので、絵は少し変わります
help-draw-loras = 描くときにモデルに加える LoRA と、その強さです。1 で学習したとおりに効きます
