"""The countries of the synthetic marketplace, as data: the others."""

from __future__ import annotations

from graphrisk.evaluate.simulator.market import Market, latin, paired, words

OTHER_MARKETS: tuple[Market, ...] = (
    Market(
        code="PL",
        share=0.07,
        currency="PLN",
        minor_digits=2,
        price_scale=4.0,
        phone_prefixes=("+48501", "+48502", "+48601", "+48602", "+48603"),
        phone_digits=6,
        first_names=latin(
            "Jakub Zuzanna Antoni Julia Jan Maja Szymon Hanna Piotr Ewa Michał Agnieszka Łukasz Żaneta "
            "Paweł Oliwia"
        ),
        last_names=latin(
            "Nowak Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak "
            "Dąbrowski Kozłowski Mazur Krawczyk Piotrowski Grabowski Pawlak Sikora Baran"
        ),
        street_kinds=(
            ("ulica {}", "ul. {}"),
            ("aleja {}", "al. {}"),
            ("osiedle {}", "os. {}"),
            ("plac {}", "pl. {}"),
        ),
        streets=words(
            "Polna Leśna Słoneczna Krótka Szkolna Ogrodowa Lipowa Brzozowa Łąkowa Kwiatowa Kościelna "
            "Sosnowa Parkowa Akacjowa Zielona Wiejska Klonowa Dębowa"
        ),
        cities=words("Łódź Gdynia Lublin Radom Kielce Toruń Opole Sopot Rzeszów Olsztyn Poznań Gliwice"),
        postcode="##-###",
        unit_words=("m.", "lok.", "mieszkanie"),
        domains=("gmail.com", "poczta.example", "skrzynka.example"),
    ),
    Market(
        code="BR",
        share=0.08,
        currency="BRL",
        minor_digits=2,
        price_scale=5.0,
        phone_prefixes=("+55119", "+55219", "+55319", "+55419", "+55719"),
        phone_digits=8,
        first_names=latin(
            "Miguel Helena Arthur Alice Davi Laura Gabriel Valentina João Beatriz Caio Larissa Tiago "
            "Júlia Luís Antônia"
        ),
        last_names=latin(
            "Silva Santos Oliveira Souza Lima Pereira Ferreira Costa Rodrigues Almeida Nascimento "
            "Carvalho Araújo Ribeiro Barbosa Rocha Dias Moreira Cardoso Teixeira"
        ),
        street_kinds=(
            ("Rua {}", "R. {}"),
            ("Avenida {}", "Av. {}"),
            ("Travessa {}", "Tv. {}"),
            ("Alameda {}", "Al. {}"),
        ),
        streets=words(
            "Flores Bahia Paraná Palmeiras Ipiranga Amazonas Goiás Brasil Independência Tiradentes "
            "Sergipe Ceará Acácias Primavera Esperança Liberdade"
        ),
        cities=words("Campinas Santos Recife Natal Belém Maceió Palmas Manaus Olinda Niterói Osasco Betim"),
        postcode="#####-###",
        unit_words=("Apto", "Casa", "Bloco"),
        domains=("gmail.com", "carta.example", "caixa.example"),
    ),
    Market(
        code="IN",
        share=0.1,
        currency="INR",
        minor_digits=2,
        price_scale=80.0,
        phone_prefixes=("+9198", "+9199", "+9197", "+9196", "+9194"),
        phone_digits=8,
        first_names=paired(
            "आरव=aarav विवान=vivaan अदिति=aditi रोहन=rohan प्रिया=priya करण=karan नेहा=neha संजय=sanjay "
            "पूजा=pooja अमित=amit दीपा=deepa राहुल=rahul Ananya=ananya Arjun=arjun Kavya=kavya "
            "Imran=imran"
        ),
        last_names=paired(
            "शर्मा=sharma वर्मा=verma गुप्ता=gupta सिंह=singh पटेल=patel राव=rao जोशी=joshi मेहता=mehta "
            "नायर=nair Reddy=reddy Iyer=iyer Khan=khan Das=das Bose=bose Kulkarni=kulkarni "
            "Chauhan=chauhan"
        ),
        street_kinds=(
            ("{} Road", "{} Rd"),
            ("{} Marg", "{} Mg"),
            ("{} Nagar", "{} Ngr"),
            ("{} Lane", "{} Ln"),
        ),
        streets=words(
            "Gandhi Nehru Shivaji Station Temple Lake Market Park Tilak Patel Ashok Vivekananda Rajaji "
            "Subhash Lotus Jasmine Mango Neem"
        ),
        cities=words("Pune Nagpur Indore Surat Kochi Mysuru Jaipur Patna Bhopal Kanpur Nashik Ranchi"),
        postcode="######",
        unit_words=("Flat", "House", "Plot"),
        domains=("gmail.com", "dak.example", "patra.example"),
        number_first=True,
    ),
    Market(
        code="JP",
        share=0.07,
        currency="JPY",
        minor_digits=0,
        price_scale=150.0,
        phone_prefixes=("+81901", "+81902", "+81903", "+81801", "+81802"),
        phone_digits=7,
        first_names=paired(
            "陽翔=haruto 蓮=ren 湊=minato 大和=yamato 結衣=yui 葵=aoi 陽菜=hina 凛=rin 健=ken 直子=naoko "
            "翼=tsubasa 美咲=misaki 亮=ryo 恵=megumi 隼人=hayato 彩=aya"
        ),
        last_names=paired(
            "佐藤=sato 鈴木=suzuki 高橋=takahashi 田中=tanaka 伊藤=ito 渡辺=watanabe 山本=yamamoto "
            "中村=nakamura 小林=kobayashi 加藤=kato 吉田=yoshida 山田=yamada 松本=matsumoto 井上=inoue "
            "木村=kimura 林=hayashi"
        ),
        street_kinds=(("{}町", "{}町"), ("{}通り", "{}通"), ("{}丁目", "{}丁"), ("{}本町", "{}本町")),
        streets=words("桜 本 栄 緑 若葉 東 西 中央 大手 寿 旭 幸 泉 松 錦 青葉 日の出 新"),
        cities=words("札幌市 仙台市 新潟市 金沢市 岡山市 熊本市 高松市 松山市 長崎市 那覇市"),
        postcode="###-####",
        unit_words=("号室", "室", "#"),
        domains=("gmail.com", "tegami.example", "yubin.example"),
    ),
    Market(
        code="GR",
        share=0.05,
        currency="EUR",
        minor_digits=2,
        price_scale=0.8,
        phone_prefixes=("+30690", "+30693", "+30694", "+30697", "+30698"),
        phone_digits=7,
        first_names=paired(
            "Γιώργος=giorgos Μαρία=maria Νίκος=nikos Ελένη=eleni Γιάννης=giannis Κατερίνα=katerina "
            "Δημήτρης=dimitris Σοφία=sofia Κώστας=kostas Άννα=anna Πέτρος=petros Ζωή=zoi"
        ),
        last_names=paired(
            "Παπαδόπουλος=papadopoulos Γεωργίου=georgiou Βασιλείου=vasileiou Δημητρίου=dimitriou "
            "Νικολάου=nikolaou Ιωάννου=ioannou Παππάς=pappas Κωνσταντίνου=konstantinou Μακρής=makris "
            "Αλεξίου=alexiou Ρήγας=rigas Λάμπρου=lamprou"
        ),
        street_kinds=(
            ("Οδός {}", "Οδ. {}"),
            ("Λεωφόρος {}", "Λεωφ. {}"),
            ("Πλατεία {}", "Πλ. {}"),
            ("Πάροδος {}", "Παρ. {}"),
        ),
        streets=words(
            "Ερμού Αθηνάς Σόλωνος Πανεπιστημίου Ομήρου Ακαδημίας Βενιζέλου Κοραή Ρήγα Δαβάκη "
            "Αγίου_Νικολάου Ελευθερίας Μακεδονίας Κύπρου"
        ),
        cities=words("Αθήνα Πάτρα Βόλος Λάρισα Χανιά Ρόδος Καβάλα Σέρρες Δράμα Κοζάνη"),
        postcode="### ##",
        unit_words=("Διαμ.", "Διαμέρισμα", "Όροφος"),
        domains=("gmail.com", "grammata.example", "taxydromeio.example"),
    ),
)
